import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { type Proxy, startProxy } from "./proxy.js";
import { type Finished, runProgram } from "./run-program.js";
import { notes, prompt, type Scenario } from "./scenarios.js";
import type { Server, Start, Tool, WireName } from "./tool.js";
import { isStep } from "./vendor-requests.js";

export interface Cell {
  readonly tool: Tool;
  /** Path of the tool's command. */
  readonly command: string;
  /** The wire that the vendors speak. */
  readonly wire: WireName;
  readonly scenario: Scenario;
  /** Without the proxy, to check the scenario itself. */
  readonly direct: boolean;
}

export interface Result {
  /** What was wrong. Empty if the cell passed. */
  readonly wrong: readonly string[];
  /** Where the requests and outputs of a failed cell are. */
  readonly evidence: string | undefined;
}

const key = "sk-modelyard-tools";
const timeoutMs = 90_000;

/** A deployment's model and address, for a vendor that speaks the wire. */
const deployments: Readonly<Record<WireName, (url: string) => { readonly model: string; readonly api_base: string }>> =
  {
    chat: (url) => ({ model: "custom_openai/scripted-model", api_base: `${url}/v1` }),
    messages: (url) => ({ model: "anthropic/claude-sonnet-4-5", api_base: url }),
    responses: (url) => ({ model: "openai/responses/gpt-5.6-sol", api_base: `${url}/v1` }),
  };

function configurationOf({ tool, wire, scenario }: Cell, upstream: Upstream): unknown {
  const deployment = (name: string, host: string) => ({
    model_name: name,
    litellm_params: { ...deployments[wire](upstream.url(host)), api_key: "vendor-key" },
  });
  const backups = scenario.fallback ? [deployment("backup", "second")] : [];
  const fallbacks = scenario.fallback ? { fallbacks: [{ [tool.model]: ["backup"] }] } : {};
  return {
    model_list: [deployment(tool.model, "first"), ...backups],
    router_settings: { ...fallbacks, ...scenario.routerSettings },
    general_settings: { master_key: key },
  };
}

/** A home folder and a working folder with the files of the tool. */
function prepare(folder: string, { files }: Start): { readonly home: string; readonly work: string } {
  const [home, work] = [join(folder, "home"), join(folder, "work")];
  for (const made of [home, work]) mkdirSync(made);
  writeFileSync(join(work, notes.file), notes.content);
  for (const [name, content] of Object.entries(files)) {
    const file = name.startsWith("~/") ? join(home, name.slice(2)) : join(work, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return { home, work };
}

function runTool({ tool, command }: Cell, folder: string, server: Server): Promise<Finished> {
  const start = tool.start(server, prompt);
  const { home, work } = prepare(folder, start);
  // Nothing of the user's environment: no keys, no settings, no proxies.
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const env = { PATH: path, HOME: home, LANG: "C.UTF-8", TMPDIR: folder, ...start.env };
  return runProgram({ command, args: start.args, folder: work, env, timeoutMs });
}

/** Runs one tool through one scenario in front of vendors of one wire. */
export async function runCell(cell: Cell): Promise<Result> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "modelyard-tools-")));
  const upstream = await startUpstream();
  let proxy: Proxy | undefined;
  try {
    cell.scenario.script(upstream, cell.tool, cell.wire);
    if (!cell.direct) proxy = await startProxy(folder, configurationOf(cell, upstream));
    const finished = await runTool(cell, folder, { origin: proxy?.origin ?? upstream.url("first"), key });
    const steps = upstream.calls.filter(isStep);
    const printed = cell.tool.read(finished.stdout);
    const wrong = cell.scenario.check({ ...cell, finished, printed, steps });
    if (wrong.length === 0) {
      rmSync(folder, { recursive: true, force: true });
      return { wrong, evidence: undefined };
    }
    writeFileSync(join(folder, "vendor-calls.json"), JSON.stringify(upstream.calls, undefined, 2));
    writeFileSync(join(folder, "stdout.txt"), finished.stdout);
    writeFileSync(join(folder, "stderr.txt"), finished.stderr);
    writeFileSync(join(folder, "proxy.log"), proxy?.log() ?? "");
    return { wrong, evidence: folder };
  } catch (error) {
    return { wrong: [error instanceof Error ? error.message : String(error)], evidence: folder };
  } finally {
    await proxy?.stop();
    await upstream.close();
  }
}
