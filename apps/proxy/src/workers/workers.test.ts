import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startUpstream, type Upstream } from "@modelyard/testing";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

const here = fileURLToPath(new URL("../..", import.meta.url));
const cli = join(here, "node_modules/.cache/workers/dist/cli.mjs");
const folder = mkdtempSync(join(tmpdir(), "modelyard-workers-"));
let upstream: Upstream;
let children: ChildProcess[] = [];

beforeAll(async () => {
  await build({
    entryPoints: [join(here, "src/cli.ts")],
    outfile: cli,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@modelyard/source"],
    packages: "bundle",
    external: ["vitest"],
    logLevel: "silent",
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  writeFileSync(join(here, "node_modules/.cache/workers/package.json"), '{ "type": "module", "version": "0.0.0" }');
  upstream = await startUpstream();
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  upstream.reset();
});
afterAll(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

class Running {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  #output = "";
  #heard: (() => void) | undefined;

  constructor(file: string) {
    const args = [cli, "serve", "--config", file, "--port", "0", "--workers", "2"];
    this.child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    children.push(this.child);
    this.exited = once(this.child, "exit").then(([code]: unknown[]) => code);
    const hear = (piece: Buffer): void => {
      this.#output += piece.toString();
      this.#heard?.();
    };
    this.child.stdout?.on("data", hear);
    this.child.stderr?.on("data", hear);
  }

  get output(): string {
    return this.#output;
  }

  /** The matches, once there are so many. */
  async said(pattern: RegExp, times = 1): Promise<readonly string[]> {
    for (;;) {
      const found = [...this.#output.matchAll(pattern)].map((match) => match[1] ?? "");
      if (found.length >= times) return found;
      await new Promise<void>((resolve, reject) => {
        this.#heard = resolve;
        void this.exited.then(() => {
          reject(new Error(`it ended without saying ${String(pattern)}: ${this.#output}`));
        });
      });
    }
  }

  async origin(): Promise<string> {
    return (await this.said(/listens on (http:\S+)/gu))[0] ?? "";
  }

  /** Process ids of the workers that ever served. */
  pids(times: number): Promise<readonly string[]> {
    return this.said(/"pid":(\d+),"msg":"worker serves"/gu, times);
  }
}

function start(more = ""): { readonly running: Running; readonly file: string } {
  const file = join(folder, `${String(children.length)}-${String(Math.random())}.yaml`);
  writeFileSync(
    file,
    `model_list:
  - model_name: m
    litellm_params: { model: openai/m, api_key: k, api_base: "${upstream.url("a")}/v1", rpm: 7 }
    model_info: { id: a }
${more}`,
  );
  return { running: new Running(file), file };
}

/** Each call has a connection of its own: workers take them in turn. */
function ask(origin: string, path: string, body?: object): Promise<Response> {
  const headers = { connection: "close", "content-type": "application/json" };
  return fetch(
    origin + path,
    body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) },
  );
}

const chat = { model: "m", messages: [{ role: "user", content: "hi" }] };

async function limits(origin: string): Promise<readonly number[]> {
  const seen = new Set<number>();
  for (let count = 0; count < 4; count += 1) {
    const state = (await (await ask(origin, "/router/state")).json()) as {
      readonly groups: readonly { readonly deployments: readonly { readonly limits: { readonly rpm: number } }[] }[];
    };
    seen.add(state.groups[0]?.deployments[0]?.limits.rpm ?? 0);
  }
  return [...seen].toSorted((left, right) => left - right);
}

describe("--workers 2", () => {
  it("share a port and divide limits exactly, show the metrics of both, take over a changed file, and end gently", async () => {
    const { running, file } = start("litellm_settings: { callbacks: [prometheus] }\n");
    const origin = await running.origin();
    expect(running.output.match(/listens on/gu)).toHaveLength(1);
    expect(await limits(origin)).toEqual([3, 4]);

    for (let count = 0; count < 4; count += 1)
      expect((await ask(origin, "/v1/chat/completions", chat)).status).toBe(200);
    const metrics = await (await ask(origin, "/metrics")).text();
    const served = [...metrics.matchAll(/^litellm_proxy_total_requests_metric_total\{.*worker="(\d)".*\} (\d+)/gmu)];
    expect(new Set(served.map((match) => match[1]))).toEqual(new Set(["1", "2"]));
    expect(served.reduce((sum, match) => sum + Number(match[2]), 0)).toBe(4);

    writeFileSync(file, readFileSync(file, "utf8").replace("rpm: 7", "rpm: 11"));
    await running.said(/(the changed file is taken over)/gu, 2);
    expect(await limits(origin)).toEqual([5, 6]);

    upstream.script({}, { text: "slow ".repeat(20) });
    const stream = await ask(origin, "/v1/chat/completions", { ...chat, stream: true });
    running.child.kill("SIGTERM");
    expect(await stream.text()).toContain("[DONE]");
    expect(await running.exited).toBe(0);
  });

  it("start a worker again that died, and end with the process that started them", async () => {
    const { running } = start();
    const origin = await running.origin();
    const [first = "", second = ""] = await running.pids(2);
    process.kill(Number(first), "SIGKILL");
    const pids = await running.pids(3);
    expect(new Set(pids).size).toBe(3);
    expect(await limits(origin)).toEqual([3, 4]);
    running.child.kill("SIGTERM");
    expect(await running.exited).toBe(0);
    for (const pid of [second, pids[2] ?? ""]) expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  });

  it("say once what is wrong with a file, and end", async () => {
    const { running } = start("router_settings: { num_retires: 3 }\n");
    expect(await running.exited).toBe(1);
    expect(running.output.match(/Did you mean "num_retries"/gu)).toHaveLength(1);
  });
});
