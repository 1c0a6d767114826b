import { memoryState } from "@modelyard/cache-memory";
import type { Usage } from "@modelyard/core";
import type { ModelFacts } from "@modelyard/core/kit";
import { answers, deploymentOptions, fails, failure, streams } from "@modelyard/testing";
import { createStrategy } from "@modelyard/strategies";
import { describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, setup, trailOf } from "./support/harness.js";
import { store } from "./support/store.js";

const fourHundredDigits = Number("9".repeat(400));
const lastDate = Date.parse("Sat, 13 Sep 275760 00:00:00 GMT");
const absurd = [
  1e21,
  1e300,
  Number.MAX_VALUE,
  Number.POSITIVE_INFINITY,
  fourHundredDigits,
  lastDate,
  3_155_760_000_000,
];
const odd = [0, -1, -1e300, Number.NaN, Number.NEGATIVE_INFINITY];
const dayMs = 86_400_000;
const hourMs = 3_600_000;

const pair = [deploymentOptions("bad"), deploymentOptions("good")];
const stateOf = (harness: Harness, id: string) =>
  harness.router
    .state()
    .groups.flatMap((group) => group.deployments)
    .find((deployment) => deployment.id === id);

/** Makes calls until `id` has been called once more. */
async function reach(harness: Harness, id: string): Promise<void> {
  const before = harness.served().filter((served) => served === id).length;
  for (let asked = 0; asked < 100; asked += 1) {
    await harness.ask().catch(() => undefined);
    if (harness.served().filter((served) => served === id).length > before) return;
  }
  throw new Error(`${id} was not called`);
}

describe("an absurd wait that a vendor states", () => {
  it.each([...absurd, ...odd])(
    "of %d ms lets the other deployment serve, here and in other processes",
    async (retryAfterMs) => {
      for (const kind of ["rate_limit", "internal_server", "authentication", "quota_exhausted"] as const) {
        const shared = memoryState();
        const options: HarnessOptions = { modelList: pair, allowedFails: 0, sharedState: shared };
        const [first, second] = [setup(options), setup(options)];
        first.provider.script("bad", fails(kind, { retryAfterMs }));
        await reach(first, "bad");
        const third = setup(options);
        await third.clock.advance(0);
        for (const harness of [first, second, third]) {
          for (let asked = 0; asked < 20; asked += 1) await harness.ask();
          const longest = kind === "authentication" || kind === "quota_exhausted" ? dayMs : hourMs;
          const { health, until = 0 } = stateOf(harness, "bad") ?? {};
          expect([kind, ["cooling", "quarantined"].includes(health ?? "")]).toEqual([kind, true]);
          expect(until - harness.clock.now()).toBeLessThanOrEqual(longest);
          expect(() => new Date(until).toISOString()).not.toThrow();
        }
        // Only the one call that encountered it fails, and none after it.
        expect([...second.served(), ...third.served()]).not.toContain("bad");
        await third.clock.advance(dayMs);
        await reach(third, "bad");
      }
    },
  );

  it.each(absurd)("of %d ms is reported to callers as one day at most", async (retryAfterMs) => {
    const harness = setup({ modelList: [deploymentOptions("a")], numRetries: 0 });
    harness.provider.script("a", fails("rate_limit", { retryAfterMs }));
    expect((await failure(harness.ask())).retryAfterMs).toBe(dayMs);
    const full = setup({ modelList: pair, numRetries: 1 });
    full.provider.script("*", fails("rate_limit", { retryAfterMs }));
    await failure(full.ask());
    expect((await failure(full.ask())).retryAfterMs).toBe(hourMs);
  });

  it("is honored up to `maxCooldownMs`, or up to a longer `cooldownMs`", async () => {
    const cases: readonly (readonly [more: Partial<HarnessOptions>, ms: number])[] = [
      [{ maxCooldownMs: 60_000 }, 60_000],
      [{ maxCooldownMs: 60_000, cooldownMs: 90_000 }, 90_000],
      [{ maxCooldownMs: 1e300 }, dayMs],
    ];
    for (const [more, ms] of cases) {
      const harness = setup({ modelList: pair, ...more });
      harness.provider.script("bad", fails("rate_limit", { retryAfterMs: 1e12 }));
      await reach(harness, "bad");
      expect([more, stateOf(harness, "bad")!.until! - harness.clock.now()]).toEqual([more, ms]);
    }
  });

  it("is limited with a warning if the configuration allows more than a day", () => {
    const { router } = setup({
      modelList: [deploymentOptions("a", { cooldownMs: 1e300 }), deploymentOptions("b")],
      groups: { "gpt-4": { cooldownMs: 2 * dayMs } },
      maxCooldownMs: dayMs + 1,
      cooldownMs: dayMs,
    });
    expect(router.warnings.filter(({ kind }) => kind === "long_cooldown")).toHaveLength(3);
  });
});

describe("an absurd cooldown from another process", () => {
  it.each([...absurd, ...odd])("until %d leaves the group in service, and ends", async (until) => {
    for (const reason of ["rate_limit", "internal_server", "authentication", "a new word"]) {
      const shared = store();
      shared.known.push({ deploymentId: "bad", until, reason });
      const harness = setup({ modelList: pair, sharedState: shared, allowedFails: 0 });
      await harness.clock.advance(0);
      shared.reportCooldown("bad", until, reason);
      for (let asked = 0; asked < 20; asked += 1) await harness.ask();
      expect(() => JSON.stringify(harness.router.state())).not.toThrow();
      const started = harness.events.filter((event) => event.type === "deployment_cooldown");
      for (const event of started) expect(new Date(event.until).getTime()).toBe(event.until);
      await harness.clock.advance(reason === "authentication" ? dayMs : hourMs);
      await reach(harness, "bad");
    }
  });
});

describe("absurd usage that a vendor reports", () => {
  const report = (tokens: number): Usage => ({
    prompt_tokens: tokens,
    completion_tokens: tokens,
    total_tokens: tokens,
  });

  it.each(absurd.filter((tokens) => tokens > 1e12))("of %d tokens is replaced by an estimate", async (tokens) => {
    const partly: readonly Usage[] = [
      report(tokens),
      { ...report(5), total_tokens: tokens },
      { ...report(5), completion_tokens: tokens },
    ];
    for (const usage of partly) {
      for (const stream of [false, true]) {
        const entry = deploymentOptions("a", { inputCostPerToken: 1, outputCostPerToken: 1, tpm: 1_000 });
        const harness = setup({ modelList: [entry], numRetries: 0 });
        harness.provider.script("a", stream ? streams(["hi"], { usage }) : answers("hi", { usage }));
        const answer = await harness.ask({ stream });
        if (Symbol.asyncIterator in answer) for await (const _chunk of answer as AsyncIterable<unknown>);
        const { used } = stateOf(harness, "a") ?? {};
        expect(used?.tokens).toBeGreaterThan(0);
        expect(used?.tokens).toBeLessThan(100);
        expect(trailOf(answer).costUsd ?? 0).toBeLessThan(100);
        await harness.ask({ stream });
      }
    }
  });

  it("keeps its totals and drops its details if only the details are absurd", async () => {
    for (const cached of [1e308, -5, Number.NaN]) {
      const harness = setup({ modelList: [deploymentOptions("a")] });
      const usage: Usage = { ...report(5), prompt_tokens_details: { cached_tokens: cached } };
      harness.provider.script("a", answers("hi", { usage }));
      expect(trailOf(await harness.ask()).usage).toEqual(report(5));
    }
  });
});

describe("absurd prices and context windows in a catalog", () => {
  it.each([...absurd, ...odd.filter((value) => value !== 0)])("of %d count as unknown", async (value) => {
    if (value < 1e9 && value > 0) return;
    const facts: ModelFacts = { inputCostPerToken: value, outputCostPerToken: value, maxInputTokens: value };
    const harness = setup({ modelList: [deploymentOptions("a")], catalog: () => facts, enablePreCallChecks: true });
    const answer = await harness.ask();
    expect(trailOf(answer).costUsd).toBeUndefined();
    expect(harness.router.deployments()[0]).toMatchObject({ maxInputTokens: undefined });
  });

  it.each(["inputCostPerToken", "outputCostPerToken", "cachedInputCostPerToken", "rpm", "tpm", "weight"])(
    "are refused when they are configured: %s",
    (name) => {
      for (const value of [1e300, Number.POSITIVE_INFINITY, Number.NaN, -1])
        expect(() => setup({ modelList: [deploymentOptions("a", { [name]: value })] })).toThrow(name);
    },
  );
});

describe("an absurdly long prompt or answer", () => {
  it.each([1e18, 1e300, Number.MAX_VALUE])("of %d tokens leaves every counter a finite number", async (tokens) => {
    for (const more of [{}, { tpm: 1_000 }]) {
      const harness = setup({ modelList: [deploymentOptions("a", more)], numRetries: 0 });
      await harness.ask({ max_tokens: tokens, n: 100 }).catch(() => undefined);
      const { used } = stateOf(harness, "a") ?? {};
      expect(Number.isFinite(used?.tokens)).toBe(true);
      await harness.clock.advance(60_000);
      await harness.ask();
    }
  });
});

describe("absurd usage that another process reports", () => {
  it.each([1e21, 1e300])("of %d is ignored", async (amount) => {
    const shared = store();
    const harness = setup({ modelList: pair, sharedState: shared });
    shared.deliver({
      from: "other",
      minute: Math.floor(harness.clock.now() / 60_000),
      usage: { bad: [amount, amount], good: [1, amount] },
      learned: [],
    });
    expect([stateOf(harness, "bad")?.used, stateOf(harness, "good")?.used]).toEqual([
      { requests: 0, tokens: 0 },
      { requests: 0, tokens: 0 },
    ]);
    await harness.ask();
  });
});

describe("an absurd latency that another process reports", () => {
  it.each([1e21, 1e300, Number.MAX_VALUE])("of %d seconds excludes no deployment", async (seconds) => {
    const shared = store();
    const harness = setup({ modelList: pair, sharedState: shared, strategy: createStrategy("latency-based-routing") });
    const at = harness.clock.now();
    for (const sample of [
      [at, seconds],
      [at, 1, seconds],
      [at, 1, 1, seconds, seconds],
      [seconds, 1],
    ])
      shared.deliver({
        from: "other",
        minute: 0,
        usage: {},
        learned: [["latency-based-routing", { bad: { plain: [sample], stream: [sample] } }]],
      });
    harness.provider.script("good", answers("hi", { delayMs: 2_000 }));
    await reach(harness, "good");
    await reach(harness, "bad");
    expect(new Set(harness.served())).toEqual(new Set(["good", "bad"]));
  });
});
