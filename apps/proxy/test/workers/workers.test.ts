import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, get, type TwoWorkers, WorkersStage } from "./two-workers.js";

const signalAtStart = fileURLToPath(new URL("signal-at-start.ts", import.meta.url));
const hangOnSignal = fileURLToPath(new URL("hang-on-signal.ts", import.meta.url));
let stage: WorkersStage;

beforeAll(async () => {
  stage = await WorkersStage.open("workers");
});
afterEach(() => {
  stage.reset();
});
afterAll(() => stage.close());

async function limits(origin: string): Promise<readonly number[]> {
  const seen = new Set<number>();
  for (let count = 0; count < 4; count += 1) {
    const state = (await (await get(origin, "/router/state")).json()) as {
      readonly groups: readonly { readonly deployments: readonly { readonly limits: { readonly rpm: number } }[] }[];
    };
    seen.add(state.groups[0]?.deployments[0]?.limits.rpm ?? 0);
  }
  return [...seen].toSorted((left, right) => left - right);
}

function change({ file }: TwoWorkers, from: string, to: string): void {
  writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
}

describe("modelyard serve --workers 2", () => {
  it("share a port and divide limits exactly, merge their metrics, and apply a changed file", async () => {
    const running = stage.start({ more: "litellm_settings: { callbacks: [prometheus] }\n" });
    const origin = await running.origin();
    expect(running.output().match(/listens on/gu)).toHaveLength(1);
    expect(await limits(origin)).toEqual([3, 4]);

    for (let count = 0; count < 4; count += 1) expect((await ask(origin)).status).toBe(200);
    const metrics = await (await get(origin, "/metrics")).text();
    const served = [...metrics.matchAll(/^litellm_proxy_total_requests_metric_total\{.*worker="(\d)".*\} (\d+)/gmu)];
    expect(new Set(served.map((match) => match[1]))).toEqual(new Set(["1", "2"]));
    expect(served.reduce((sum, match) => sum + Number(match[2]), 0)).toBe(4);

    change(running, "rpm: 7", "rpm: 11");
    await running.waitForMatches(/config reloaded/gu, 2);
    expect(await limits(origin)).toEqual([5, 6]);
  });

  it("name the worker on each log line, and warn of the file once", async () => {
    const running = stage.start({ more: "router_settings: { fallbacks: [{ gpt-4: [nowhere] }] }\n" });
    await running.origin();
    running.child.kill("SIGHUP");
    await running.waitForMatches(/config reloaded/gu, 2);
    const lines = running
      .output()
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { readonly worker?: number; readonly msg: string });
    const of = (text: string): readonly (number | undefined)[] =>
      lines.filter(({ msg }) => msg.includes(text)).map(({ worker }) => worker);
    expect(new Set(of("config reloaded"))).toEqual(new Set([1, 2]));
    // The models at the start, and those of the changed file.
    expect(of('there is no model group "nowhere"')).toEqual([1, 1]);
  });

  it("read the file again on SIGHUP, also when they do not watch it, and end when their parent is killed", async () => {
    const running = stage.start({ args: ["--no-watch"] });
    const origin = await running.origin();
    change(running, "rpm: 7", "rpm: 11");
    expect(await limits(origin)).toEqual([3, 4]);
    running.child.kill("SIGHUP");
    await running.waitForMatches(/config reloaded/gu, 2);
    expect(await limits(origin)).toEqual([5, 6]);
    expect(running.output()).not.toContain("worker exited");
    running.child.kill("SIGKILL");
    // The workers keep its output open, too.
    expect(await running.exited).toBeNull();
  });

  it("survive a SIGHUP during the start of one, which reads the file again as soon as it serves", async () => {
    const running = stage.start({
      args: ["--no-watch"],
      preload: [signalAtStart],
      env: { SIGNAL_AT_START: "SIGHUP of 1" },
    });
    await running.origin();
    await running.waitForMatches(/config reloaded/gu, 2);
    expect(running.output()).not.toContain("worker exited");
  });

  it.each(["SIGTERM", "SIGINT"] as const)("let streams of both finish on %s, and exit cleanly", async (signal) => {
    // A terminal's SIGINT goes to the workers as well.
    const running = stage.start({ group: true });
    const origin = await running.origin();
    stage.upstream.script({}, { text: "slow ".repeat(10), gapMs: 30 });
    const streams = await Promise.all([0, 1].map(() => ask(origin, { stream: true })));
    const { pid = 0 } = running.child;
    process.kill(signal === "SIGINT" ? -pid : pid, signal);
    for (const stream of streams) expect(await stream.text()).toContain("[DONE]");
    expect(await running.exited).toBe(0);
    expect(running.output().match(/shutting down: finishing/gu)).toHaveLength(2);
  });

  it("exit cleanly when a signal arrives during the start of one", async () => {
    const running = stage.start({ preload: [signalAtStart], env: { SIGNAL_AT_START: "SIGTERM of 1" } });
    expect(await running.exited).toBe(0);
    expect(running.output()).not.toContain("listens on");
  });

  it("restart one that died, while the other serves, and end with their parent", async () => {
    const running = stage.start({ limits: "rpm: 1001", more: "litellm_settings: { callbacks: [prometheus] }\n" });
    const origin = await running.origin();
    const [first = 0, second = 0] = await running.pids(2);
    process.kill(first, "SIGKILL");
    await running.waitForOutput(/worker exited and is restarted/u);
    do {
      expect((await ask(origin)).status).toBe(200);
      const scrapes = await Promise.all([0, 1, 2].map(async () => (await get(origin, "/metrics")).text()));
      for (const scrape of scrapes) expect(scrape).toContain('worker="2"');
    } while (running.output().match(/worker ready/gu)?.length !== 3);
    const [, , third = 0] = await running.pids(3);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(await limits(origin)).toEqual([500, 501]);

    running.child.kill("SIGTERM");
    expect(await running.exited).toBe(0);
    for (const pid of [second, third]) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it.each([
    ["is stopped", "SIGSTOP"],
    ["is in an endless loop", "SIGUSR2"],
  ] as const)("replace one that %s, once, while the other serves", async (_, signal) => {
    const running = stage.start({ args: ["--worker-timeout", "2"], preload: [hangOnSignal] });
    const origin = await running.origin();
    const [first = 0, second = 0] = await running.pids(2);
    process.kill(first, signal);
    const [line] = await running.waitForOutput(/.*worker does not respond and is killed.*/u);
    expect(JSON.parse(line)).toMatchObject({ level: "error", worker: 1, pid: first });
    const [, , third = 0] = await running.pids(3);
    expect([first, second]).not.toContain(third);
    expect(() => process.kill(first, 0)).toThrow("ESRCH");
    for (let count = 0; count < 4; count += 1) expect((await ask(origin)).status).toBe(200);
    expect(running.output().match(/worker does not respond/gu)).toHaveLength(1);
    expect(running.output().match(/worker exited and is restarted/gu)).toHaveLength(1);
  });

  it("do not replace one that is busy for less than the limit", async () => {
    const running = stage.start({
      args: ["--worker-timeout", "20"],
      preload: [hangOnSignal],
      env: { HANG_MS: "600" },
    });
    const origin = await running.origin();
    const [first = 0] = await running.pids(2);
    process.kill(first, "SIGUSR2");
    await running.waitForOutput(new RegExp(`worker ${String(first)} hung for a while`, "u"));
    for (let count = 0; count < 4; count += 1) expect((await ask(origin)).status).toBe(200);
    expect(running.output()).not.toContain("worker does not respond");
    expect(() => process.kill(first, 0)).not.toThrow();
  });

  it("serve the last valid configuration in a restarted one while the file is invalid", async () => {
    const running = stage.start();
    const origin = await running.origin();
    const [first = 0] = await running.pids(2);
    change(running, "rpm: 7", "rpm: 9");
    await running.waitForMatches(/config reloaded/gu, 2);
    change(running, "model_list", "model_lits");
    await running.waitForMatches(/config reload rejected/gu, 2);
    process.kill(first, "SIGKILL");
    await running.pids(3);
    await running.waitForOutput(/the configuration files are invalid, using their last valid contents/u);
    expect(await limits(origin)).toEqual([4, 5]);
    expect(running.output().match(/worker exited and is restarted/gu)).toHaveLength(1);
    // A corrected file reaches all workers, including the new one.
    change(running, "model_lits", "model_list");
    change(running, "rpm: 9", "rpm: 11");
    await running.waitForMatches(/config reloaded/gu, 4);
    expect(await limits(origin)).toEqual([5, 6]);
  });

  it("report once what is wrong with a file, and exit", async () => {
    const running = stage.start({ more: "router_settings: { num_retires: 3 }\n" });
    expect(await running.exited).toBe(1);
    expect(running.output().match(/Did you mean "num_retries"/gu)).toHaveLength(1);
  });
});
