import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Cli, type Run } from "./support/run-cli.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-log-"));
const config = join(folder, "config.yaml");
let cli: Cli;

beforeAll(async () => {
  cli = await Cli.build("log-readers");
  writeFileSync(
    config,
    "model_list: [{ model_name: m, litellm_params: { model: openai/x, api_key: canary-key, mock_response: hi } }]\n",
  );
});
afterEach(() => {
  cli.stop();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const start = (stderr?: number): Run =>
  cli.run(["--config", config, "--port", "0"], stderr === undefined ? {} : { stderr });
const originOf = async (running: Run): Promise<string> =>
  (await running.waitForOutput(/listens on (http:\S+)/u))[1] ?? "";

/** Requests that fail, each with a long line in the log. @returns the statuses that were answered */
async function storm(origin: string, rounds: number): Promise<ReadonlySet<number>> {
  const body = JSON.stringify({ model: "n".repeat(200), messages: [{ role: "user", content: "hi" }] });
  const statuses = new Set<number>();
  const client = async (): Promise<void> => {
    for (let count = 0; count < rounds; count += 1) {
      const response = await fetch(`${origin}/v1/chat/completions`, { method: "POST", body });
      await response.arrayBuffer();
      statuses.add(response.status);
    }
  };
  await Promise.all(Array.from({ length: 10 }, client));
  return statuses;
}

/** @returns the exit code */
function end(running: Run): Promise<number | null> {
  running.child.kill("SIGTERM");
  return running.exited;
}

describe("the log of the proxy", () => {
  it("delays no request when it is not read, and is complete once it is read, also after the end", async () => {
    const running = start();
    const origin = await originOf(running);
    running.child.stderr?.pause();
    // More than fits into the pipe's buffer.
    expect(await storm(origin, 200)).toEqual(new Set([404]));
    const exited = end(running);
    running.child.stderr?.resume();
    expect(await exited).toBe(0);
    const lines = running.output().match(/^\{.*\}$/gmu) ?? [];
    expect(lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg)).toEqual([
      ...Array.from({ length: 2_000 }, () => "request failed"),
      "shutting down: finishing running requests, accepting no new ones",
    ]);
  });

  it("affects neither requests nor the exit when its reader has gone", async () => {
    const running = start();
    const origin = await originOf(running);
    running.child.stderr?.destroy();
    expect(await storm(origin, 5)).toEqual(new Set([404]));
    expect(await end(running)).toBe(0);
  });

  it.skipIf(!existsSync("/dev/full"))("affects neither requests nor the exit on a full disk", async () => {
    const full = openSync("/dev/full", "w");
    const running = start(full);
    closeSync(full);
    expect(await storm(await originOf(running), 5)).toEqual(new Set([404]));
    expect(await end(running)).toBe(0);
  });

  it("contains the last lines of a process that an exception ends: what and where, and no key", async () => {
    const crash = join(folder, "crash.mjs");
    writeFileSync(
      crash,
      'process.on("SIGTERM", () => process.nextTick(() => { throw new TypeError("no x of canary-key"); }));',
    );
    const running = cli.run(["--config", config, "--port", "0"], { preload: [crash] });
    await originOf(running);
    expect(await end(running)).toBe(1);
    const [, ...lines] = running.output().slice(running.output().indexOf("\n{")).split("\n").filter(Boolean);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        level: "error",
        error: "TypeError",
        reason: "no x of [key]",
        stack: expect.arrayContaining([expect.stringContaining("crash.mjs:1:")]) as unknown,
        msg: "internal error, the process exits",
      },
    ]);
  });

  it("rejects an unknown log level", async () => {
    const running = cli.run(["--config", config, "--port", "0"], { env: { MODELYARD_LOG: "verbose" } });
    expect(await running.exited).toBe(1);
    expect(running.output()).toBe(
      'The environment variable MODELYARD_LOG is "verbose", but it must be one of debug, info, warn, error, silent.\n',
    );
  });
});
