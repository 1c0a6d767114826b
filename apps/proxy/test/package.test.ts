import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { priceCatalog } from "modelyard";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeProject } from "../../../packages/create-modelyard/src/write-project.js";

const app = fileURLToPath(new URL("..", import.meta.url));
/** An environment as on a machine with nothing but this package, and Node in the path. */
const env = { PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}` };

interface Serving {
  /** Arguments of Node before the command; `undefined`: the command is started by its first line. */
  readonly nodeOptions?: readonly string[] | undefined;
  readonly variables?: NodeJS.ProcessEnv;
  readonly serveOptions?: readonly string[];
  /** The path that is requested. */
  readonly path?: string;
}

/** Node before 22.15 cannot restart itself under the same process id. */
const startsAnew = "execve" in process;

describe("the package as it is published", () => {
  let folder: string;
  let dist: string;
  let command: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "modelyard-package-"));
    dist = join(folder, "dist");
    command = join(dist, "cli.js");
    copyFileSync(join(app, "package.json"), join(folder, "package.json"));
    const tsup = createRequire(import.meta.url).resolve("tsup/package.json");
    execFileSync(process.execPath, [join(dirname(tsup), "dist/cli-default.js"), "--out-dir", dist], { cwd: app });
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("runs as a command, without any other package", () => {
    const { version } = JSON.parse(readFileSync(join(app, "package.json"), "utf8")) as { readonly version: string };
    expect(execFileSync(command, ["--version"], { env, encoding: "utf8" }).trim()).toBe(version);
  });

  it("reports under an older Node which version it needs, in one line", () => {
    const { engines } = JSON.parse(readFileSync(join(app, "package.json"), "utf8")) as {
      readonly engines: { readonly node: string };
    };
    // Like every version before 22.1, it has no compile cache either.
    const old = `import module from "node:module"; delete module.enableCompileCache;
      Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });`;
    const preload = `data:text/javascript,${encodeURIComponent(old)}`;
    const { status, stderr, stdout } = spawnSync(process.execPath, ["--import", preload, command, "--version"], {
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([1, ""]);
    const needed = engines.node.replace(">=", "");
    expect(stderr).toBe(`modelyard needs Node ${needed} or newer; this is Node 20.20.2 (${process.execPath}).\n`);
    // Every Node that supports modules has the names that the command imports from Node's own modules.
    const names = [...readFileSync(command, "utf8").matchAll(/import\{(?<names>[^}]+)\}from/gu)];
    expect(names.map(({ groups }) => groups?.["names"])).toEqual(["join"]);
  });

  /** Serves until it was looked at. @returns what it was, and how it ended */
  async function serve({ nodeOptions, variables, serveOptions = [], path = "/health/readiness" }: Serving = {}) {
    const given = ["serve", "--port", "0", ...serveOptions];
    const [file, ...args] =
      nodeOptions === undefined ? [command, ...given] : [process.execPath, ...nodeOptions, command, ...given];
    const child: ChildProcess = spawn(file, args, {
      env: { ...env, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const exited = once(child, "exit");
    let errors = "";
    child.stderr?.on("data", (piece: Buffer) => {
      errors += String(piece);
    });
    let output = "";
    for await (const piece of child.stdout ?? []) {
      output += String(piece);
      if (output.includes("openai")) break;
    }
    const origin = /http:\/\/[\w.]+:\d+/u.exec(output)?.[0] ?? "";
    const answer = await fetch(`${origin}${path}`);
    const body: unknown = await answer.json();
    const shown = execFileSync("ps", ["-o", "args=", "-p", String(child.pid)], { encoding: "utf8" });
    child.kill("SIGTERM");
    const [code] = (await exited) as [number | null];
    return { status: answer.status, body, args: shown, code, errors };
  }

  it("serves, within limits of memory, and keeps its compiled code for the next start", async () => {
    const served = await serve();
    expect(served).toMatchObject({
      status: 200,
      code: 0,
      args: expect.stringContaining(startsAnew ? "--max-semi-space-size=10 " : "cli.js serve") as string,
    });
    expect(served.errors).not.toMatch(/warning/iu);
    expect(readdirSync(join(folder, "node_modules/.cache/modelyard"))).not.toHaveLength(0);
  });

  it.each([
    ["in NODE_OPTIONS", { variables: { NODE_OPTIONS: "--max-semi-space-size=32" } }],
    ["before the command", { nodeOptions: ["--max-semi-space-size=32"] }],
  ])("sets no memory limits of its own if the user gives some %s", async (_, given) => {
    const served = await serve(given);
    expect(served).toMatchObject({ status: 200, code: 0 });
    expect(served.args).not.toContain("--max-semi-space-size=10");
  });

  it.skipIf(!startsAnew)("keeps Node's other options when it restarts itself", async () => {
    const served = await serve({ nodeOptions: ["--stack-size=900"] });
    expect(served.args).toMatch(/--max-semi-space-size=10 .*--stack-size=900 /u);
  });

  it("runs the scripts of the project that npm create modelyard writes", () => {
    const project = join(folder, "project");
    writeProject({ folder: project, template: "proxy" });
    mkdirSync(join(project, "node_modules/@modelyard"), { recursive: true });
    mkdirSync(join(project, "node_modules/.bin"));
    symlinkSync(folder, join(project, "node_modules/@modelyard/proxy"));
    symlinkSync(command, join(project, "node_modules/.bin/modelyard"));
    const run = (script: string) =>
      spawnSync(process.execPath, ["--run", script], { cwd: project, env, encoding: "utf8" });
    expect(run("test")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("config.yaml is valid.") as string,
    });
    // The keys are in a file, which Node reads.
    writeFileSync(join(project, ".env"), "OPENAI_API_KEY=sk-1234567890\n");
    const { status, stderr } = run("start");
    expect(status).toBe(1);
    expect(stderr).toContain("ANTHROPIC_API_KEY is not set");
    expect(stderr).not.toContain("OPENAI_API_KEY");
  });

  it("contains the prices of its sources", async () => {
    const models = [
      ["openai", "gpt-4o"],
      ["anthropic", "claude-sonnet-4-5"],
      ["groq", "llama-3.3-70b-versatile"],
    ] as const;
    const look = await priceCatalog();
    const known = models.map(([provider, model]) => look(provider, model)?.inputCostPerToken);
    expect(known).not.toContain(undefined);
    const list = models.map(([provider, model]) => ({
      model_name: model,
      litellm_params: { model: `${provider}/${model}`, api_key: "k" },
    }));
    const config = join(folder, "priced.yaml");
    writeFileSync(config, JSON.stringify({ model_list: list }));
    const { body } = await serve({ path: "/model/info", serveOptions: ["--config", config] });
    const { data } = body as { readonly data: readonly { readonly model_info: Readonly<Record<string, unknown>> }[] };
    expect(data.map((info) => info.model_info["input_cost_per_token"])).toEqual(known);
  });

  it("starts with a first line that BusyBox understands", () => {
    expect(readFileSync(command, "utf8").split("\n", 1)).toEqual(["#!/usr/bin/env node"]);
  });

  it("names every package that it contains, each with a license", () => {
    const notices = readFileSync(join(dist, "THIRD-PARTY-NOTICES.txt"), "utf8");
    for (const name of ["undici", "zod", "yaml", "ioredis", "@sentry/node", "pino"])
      expect(notices).toMatch(new RegExp(`^${name} [\\d.]+ \\([\\w.-]+\\)$`, "mu"));
  });

  it("contains only Latin-1 characters, since others double V8's memory for its text", () => {
    const wide = readdirSync(dist)
      .filter((file) => file.endsWith(".js"))
      .filter((file) => /[\u0100-\uFFFF]/u.test(readFileSync(join(dist, file), "utf8")));
    expect(wide).toEqual([]);
  });

  it("starts without Node's own undici, which an import of node:http as a module loads", () => {
    const eager = new Set(["cli.js"]);
    for (const file of eager) {
      const text = readFileSync(join(dist, file), "utf8");
      // The command's own parts that are loaded with `await import` count, too, since serving needs them.
      for (const [, name = ""] of text.matchAll(/(?:from|import\()"\.\/((?:chunk|program|serve|client)-\w+\.js)"/gu))
        eager.add(name);
      expect(text).not.toMatch(/from"(?:node:)?http"/u);
    }
    expect(eager.size).toBeGreaterThan(3);
  });
});
