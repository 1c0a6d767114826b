import {
  type CallOptions,
  type Candidate,
  type ErrorKind,
  errorKinds,
  type RouterError,
  type Strategy,
} from "@modelyard/core";
import { sleep } from "@modelyard/core/kit";
import { answers, deploymentOptions, fails, hangs, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import type { CreateRouterOptions } from "../src/options.js";
import { setup as setupRouter } from "./support/harness.js";

/** The harness, with two deployments of which the first failure starts a cooldown. */
function setup(options: Partial<CreateRouterOptions> = {}) {
  const harness = setupRouter(
    {
      numRetries: 0,
      allowedFails: 0,
      cooldownMs: 60_000,
      slowStartMs: 0,
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      ...options,
    },
    { events: ["deployment_cooldown", "deployment_probing", "deployment_recovered"] },
  );
  const { clock, provider, router } = harness;
  const start = (body: object = {}, callOptions: CallOptions = {}): Promise<RouterError | undefined> =>
    router
      .execute("chat", { model: "gpt-4", messages: [], ...body }, callOptions)
      .then(() => undefined)
      .catch((error: unknown) => error as RouterError);
  const ask = (body: object = {}, callOptions: CallOptions = {}) => clock.until(start(body, callOptions));
  const deployment = (id: string) =>
    router
      .state()
      .groups.flatMap((group) => group.deployments)
      .find((entry) => entry.id === id);
  const calls = (id: string) => provider.calls.filter((call) => call.deploymentId === id).length;
  /** Makes calls until the deployment has been called. */
  const reach = async (id: string, body: object = {}): Promise<void> => {
    const before = calls(id);
    for (let turn = 0; turn < 1_000 && calls(id) === before; turn += 1) await ask(body);
    expect(calls(id)).toBe(before + 1);
  };
  return { ...harness, start, ask, deployment, calls, reach };
}
type Harness = ReturnType<typeof setup>;

/** A deployment that failed once and may be probed now. */
async function halfOpen(
  kind: ErrorKind = "internal_server",
  options: Partial<CreateRouterOptions> = {},
): Promise<Harness> {
  const harness = setup(options);
  harness.provider.script("a", fails(kind));
  await harness.reach("a");
  await harness.clock.advance(60_000);
  return harness;
}

/** A strategy that picks asynchronously. */
const thoughtful: Strategy = { name: "thoughtful", pick: (candidates) => Promise.resolve(candidates[0]) };

describe("a deployment in cooldown", () => {
  it("gets no call from any strategy, and recovers with a probe", async () => {
    for (const strategy of [undefined, thoughtful]) {
      const harness = setup(strategy === undefined ? {} : { strategy });
      harness.provider.script("a", fails("internal_server"));
      await harness.reach("a");
      const until = harness.deployment("a")!.until!;
      for (let count = 0; count < 3_000; count += 1) {
        await harness.ask();
        await harness.clock.advance(19);
      }
      expect(harness.calls("a")).toBe(1);
      expect(harness.calls("b")).toBeGreaterThanOrEqual(3_000);
      expect(harness.deployment("a")).toMatchObject({ health: "cooling", reason: "internal_server", until });
    }
  });

  it("gets no call from an asynchronous strategy that started before the cooldown", async () => {
    let lookedAt = 0;
    const slow: Strategy = {
      name: "slow",
      pick: async (candidates): Promise<Candidate> => {
        lookedAt += 1;
        await sleep(harness.clock, 20);
        return candidates.find((candidate) => candidate.deployment.id === "a") ?? candidates[0];
      },
    };
    const harness: Harness = setup({ strategy: slow });
    harness.provider.script("a", fails("internal_server"));
    const started = Array.from({ length: 20 }, () => harness.start());
    await harness.clock.until(Promise.all(started));
    expect(lookedAt).toBeGreaterThanOrEqual(20);
    expect(harness.calls("a")).toBe(1);
  });

  it("gets no call after a configuration change during the cooldown", async () => {
    const harness = setup();
    harness.provider.script("a", fails("internal_server", { delayMs: 1_000 }));
    while (harness.provider.calls.every((call) => call.deploymentId !== "a")) void harness.start();
    const before = harness.calls("a");
    harness.router.update({
      config: {
        modelList: [deploymentOptions("a"), deploymentOptions("b")],
        allowedFails: 0,
        cooldownMs: 60_000,
        numRetries: 0,
      },
    });
    await harness.clock.advance(1_000);
    expect(harness.deployment("a")?.health).toBe("cooling");
    for (let count = 0; count < 200; count += 1) await harness.ask();
    expect(harness.calls("a")).toBe(before);
  });

  it("appears with its reason and end time in the state and in an event", async () => {
    const harness = setup();
    harness.provider.script("a", fails("overloaded"));
    await harness.reach("a");
    const shown = { until: harness.clock.now() + 60_000, reason: "overloaded" };
    expect(harness.deployment("a")).toMatchObject({ health: "cooling", ...shown });
    expect(harness.events).toMatchObject([
      { type: "deployment_cooldown", deployment: { id: "a" }, times: 1, ...shown },
    ]);
  });

  it("stays in cooldown until the quota reset that its vendor states", async () => {
    const harness = setup();
    harness.provider.script("a", fails("quota_exhausted", { retryAfterMs: 3_600_000 }), answers());
    await harness.reach("a");
    await harness.clock.advance(3_599_000);
    for (let count = 0; count < 200; count += 1) await harness.ask();
    expect([harness.calls("a"), harness.deployment("a")?.health]).toEqual([1, "quarantined"]);
    await harness.clock.advance(1_000);
    await harness.reach("a");
  });

  it("keeps the later of two end times, and does not count a rejected API key as a rate limit", async () => {
    const harness = setup({ modelList: [deploymentOptions("a"), deploymentOptions("b")], numRetries: 0 });
    harness.provider.script(
      "a",
      fails("authentication", { delayMs: 10 }),
      fails("rate_limit", { delayMs: 20, retryAfterMs: 90_000 }),
      fails("rate_limit", { delayMs: 30, retryAfterMs: 1_000 }),
      answers(),
    );
    while (harness.calls("a") < 3) void harness.start();
    await harness.clock.advance(100);
    const until = harness.clock.now() - 80 + 90_000;
    expect(harness.deployment("a")).toMatchObject({ health: "quarantined", reason: "authentication", until });
  });
});

describe("a recovering deployment", () => {
  it.each([undefined, thoughtful])("gets exactly one probe, however many calls are concurrent", async (strategy) => {
    const harness = await halfOpen("internal_server", strategy === undefined ? {} : { strategy });
    harness.provider.script("a", hangs());
    const controller = new AbortController();
    for (let count = 0; count < 500; count += 1) void harness.start({}, { signal: controller.signal });
    await harness.clock.advance(1_000);
    expect(harness.calls("a")).toBe(2);
    expect(harness.deployment("a")?.health).toBe("probing");
    // The caller of the probe disconnects, so the next call is the probe.
    controller.abort();
    await harness.clock.advance(0);
    harness.provider.script("a", answers());
    await harness.reach("a");
    expect(harness.deployment("a")?.health).toBe("healthy");
    expect(harness.events.map((event) => event.type).filter((type) => type !== "deployment_probing")).toEqual([
      "deployment_cooldown",
      "deployment_recovered",
    ]);
  });

  it("is probed again when the reader abandons the probing stream", async () => {
    const harness = await halfOpen();
    harness.provider.script("a", streams(["one ", "two "], { gapMs: 1_000 }), answers());
    const left = async (): Promise<void> => {
      const stream = await harness.router.completion({ model: "gpt-4", messages: [], stream: true });
      for await (const chunk of stream) if (chunk.choices.length > 0) break;
    };
    while (harness.calls("a") === 1) await left();
    expect(harness.deployment("a")?.health).toBe("probing");
    await harness.reach("a");
    expect(harness.deployment("a")?.health).toBe("healthy");
  });

  it("has recovered when the probing stream has run for ten seconds, however slowly it is read", async () => {
    const harness = await halfOpen();
    harness.provider.script("a", streams(["one ", "two "], { gapMs: 1_000 }));
    while (harness.calls("a") === 1) void harness.router.completion({ model: "gpt-4", messages: [], stream: true });
    await harness.clock.advance(9_999);
    expect(harness.deployment("a")?.health).toBe("probing");
    await harness.clock.advance(1);
    expect(harness.deployment("a")?.health).toBe("healthy");
  });

  it("stays in cooldown for one more cooldown after each failed probe, or for a longer Retry-After", async () => {
    const harness = await halfOpen();
    const cooldowns: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      await harness.reach("a");
      cooldowns.push(harness.deployment("a")!.until! - harness.clock.now());
      await harness.clock.advance(cooldowns.at(-1)!);
    }
    const minute = 60_000;
    expect(cooldowns).toEqual(Array.from({ length: 8 }, () => minute));
    harness.provider.script("a", fails("internal_server", { retryAfterMs: 50 * minute }));
    await harness.reach("a");
    expect(harness.deployment("a")!.until! - harness.clock.now()).toBe(50 * minute);
  });

  it("stays in cooldown if another cooldown began during the probe", async () => {
    const harness = setup();
    harness.provider.script(
      "a",
      fails("internal_server", { delayMs: 70_000, retryAfterMs: 90_000 }),
      fails("internal_server"),
    );
    while (harness.calls("a") < 2) void harness.start();
    await harness.clock.advance(60_000);
    harness.provider.script("a", answers("probe", { delayMs: 20_000 }));
    while (harness.calls("a") < 3) void harness.start();
    await harness.clock.advance(20_000);
    expect(harness.deployment("a")).toMatchObject({ health: "cooling", until: harness.clock.now() + 80_000 });
  });

  it("gets a share of the calls that grows", async () => {
    const harness = await halfOpen("internal_server", { slowStartMs: 10_000 });
    harness.provider.script("a", answers());
    await harness.reach("a");
    const shares: number[] = [];
    for (const ms of [0, 4_000, 6_000]) {
      await harness.clock.advance(ms);
      const before = harness.calls("a");
      for (let count = 0; count < 1_000; count += 1) await harness.ask();
      shares.push((harness.calls("a") - before) / 1_000);
    }
    expect(shares[0]).toBeLessThan(0.15);
    expect(shares[1]).toBeGreaterThan(shares[0]!);
    expect(shares[1]).toBeLessThan(0.35);
    expect(shares[2]).toBeGreaterThan(0.4);
  });

  it("does not recover by an answer that no vendor gave", async () => {
    const harness = await halfOpen();
    for (let count = 0; count < 50; count += 1) await harness.ask({ mock_response: "mocked" });
    expect(harness.deployment("a")?.health).toBe("probing");
  });
});

describe("failures", () => {
  const group = ["a", "b", "c", "d", "e"].map((id) => deploymentOptions(id));
  const out = (harness: Harness) =>
    harness.router.state().groups[0]!.deployments.filter((entry) => entry.health !== "healthy");

  it.each([
    "internal_server",
    "api_connection",
    "timeout",
    "not_found",
    "invalid_response",
    "stream_interrupted",
  ] as const)(
    "of the kind %s put at most half of a group in cooldown, or all with a fallback or allowed_fails",
    async (kind) => {
      const other = deploymentOptions("z", { modelName: "other" });
      const byRate = { allowedFails: undefined as never };
      for (const [expected, more] of [
        [2, byRate],
        [5, { allowedFails: 0 }],
        [5, { ...byRate, fallbacks: { "gpt-4": ["other"] } }],
        [2, { ...byRate, fallbacks: { other: ["gpt-4"] } }],
      ] as const) {
        const harness = setup({ modelList: [...group, other], cooldownMs: 5_000, ...more });
        harness.provider.script("*", fails(kind));
        let most = 0;
        for (let count = 0; count < 300; count += 1) {
          await harness.ask();
          most = Math.max(most, out(harness).length);
          await harness.clock.advance(250);
        }
        expect([more, most]).toEqual([more, expected]);
      }
    },
  );

  const harmless = Object.entries(errorKinds).filter(([, row]) => ["request", "caller", "router"].includes(row.blame));
  it.each(harmless.map(([kind]) => kind as ErrorKind))("of the kind %s never start a cooldown", async (kind) => {
    const harness = setup();
    harness.provider.script("*", fails(kind));
    for (let count = 0; count < 50; count += 1) await harness.ask();
    expect(out(harness)).toEqual([]);
    expect(harness.router.state().groups[0]!.deployments.map((entry) => entry.failures)).toEqual([0, 0]);
  });

  it.each(["authentication", "permission_denied", "quota_exhausted"] as const)(
    "of the kind %s quarantine any number of deployments for their API keys, apart from load",
    async (kind) => {
      const harness = setup({ modelList: group });
      harness.provider.script("*", fails(kind));
      for (let count = 0; count < 5; count += 1) await harness.ask();
      expect(out(harness).map((entry) => [entry.health, entry.reason])).toEqual(group.map(() => ["quarantined", kind]));
    },
  );

  it("do not affect a deployment when the client sent its own API key", async () => {
    const modelList = group.map((entry) => ({ ...entry, clientSideAuthParams: ["api_key"] }));
    const harness = setup({ modelList });
    harness.provider.script("*", fails("authentication"), fails("rate_limit"), fails("internal_server"));
    for (let count = 0; count < 30; count += 1) await harness.ask({ api_key: "the client's" });
    expect(harness.provider.calls).toHaveLength(30);
    expect(out(harness)).toEqual([]);
  });

  it("of fallbacks and of deployments that were called by id are counted alike", async () => {
    const harness = setup({
      modelList: [...group, deploymentOptions("f", { modelName: "first" })],
      fallbacks: { first: ["gpt-4"], "*": ["first"] },
      cooldownMs: 600_000,
    });
    harness.provider.script("*", fails("internal_server"));
    for (let count = 0; count < 20; count += 1) {
      await harness.ask({ model: "first" });
      for (const id of ["a", "b", "c", "d", "e"]) await harness.ask({ model: id });
    }
    const cooldowns = harness.router
      .state()
      .groups.map((entry) => entry.deployments.filter((d) => d.health === "cooling").length);
    expect(cooldowns).toEqual([5, 1]);
  });
});
