import { costBased, latencyBased, simpleShuffle } from "@modelyard/strategies";
import { describe, expect, it } from "vitest";
import { load, type LoadFigures, type LoadOptions } from "./support/load.js";
import type { Modelled } from "./support/modelled-provider.js";

/** A deployment with a queue, so many times as fast as one that reads 4,000 prompt tokens in a second. */
const queued = (speed: number, slowness?: (ms: number) => number): Modelled => ({
  promptTokensPerSecond: 4_000 * speed,
  ...(slowness === undefined ? {} : { slowness }),
});
/** From the first minute to the second. */
const forAMinute = (slowness: number) => (ms: number) => (ms >= 60_000 && ms < 120_000 ? slowness : 1);
/** A deployment that answers any number of calls at the same time. */
const alwaysAfter = (latencyMs: number, slowness?: (ms: number) => number): Modelled => ({
  latencyMs,
  ...(slowness === undefined ? {} : { slowness }),
});

const run = (options: Omit<LoadOptions, "forMs" | "router">): Promise<LoadFigures> =>
  load({ forMs: 150_000, router: { streamTimeoutMs: 30_000, timeoutMs: 60_000, numRetries: 2 }, ...options });

const scenarios: readonly (readonly [string, Readonly<Record<string, Modelled>>, capacity: number])[] = [
  ["four equal deployments", { a: queued(1), b: queued(1), c: queued(1), d: queued(1) }, 16_000],
  ["speeds 1:1:1/2:1/4", { a: queued(1), b: queued(1), c: queued(0.5), d: queued(0.25) }, 11_000],
  ["speeds 1/4:1/2:1:1", { d: queued(0.25), c: queued(0.5), b: queued(1), a: queued(1) }, 11_000],
  [
    "one of four ten times slower for a minute",
    { a: queued(1, forAMinute(10)), b: queued(1), c: queued(1), d: queued(1) },
    16_000,
  ],
  [
    "one of four silent for a minute",
    { a: queued(1, forAMinute(Number.POSITIVE_INFINITY)), b: queued(1), c: queued(1), d: queued(1) },
    16_000,
  ],
];

describe("latency-based-routing on deployments with queues, at 45 % load", () => {
  it.each(scenarios)("serves no worse than simple-shuffle: %s", async (_, deployments, capacity) => {
    const options = { deployments, promptTokensPerSecond: 0.45 * capacity };
    const shuffled = await run({ ...options, strategy: simpleShuffle() });
    const figures = await run({ ...options, strategy: latencyBased() });
    expect(figures.success).toBeGreaterThanOrEqual(0.95 * shuffled.success);
    expect(figures.success).toBeGreaterThan(0.99);
    expect(figures.p99).toBeLessThanOrEqual(1.05 * shuffled.p99);
  });

  it("gives equal deployments about equal shares", async () => {
    const [[, deployments, capacity]] = scenarios as [(typeof scenarios)[number]];
    const { shares } = await run({
      deployments,
      promptTokensPerSecond: 0.45 * capacity,
      strategy: latencyBased(),
    });
    expect(Math.max(...Object.values(shares))).toBeLessThan(0.35);
  });

  it("answers plain calls about as soon as simple-shuffle does", async () => {
    const [[, deployments, capacity]] = scenarios as [(typeof scenarios)[number]];
    const options = { deployments, promptTokensPerSecond: 0.45 * capacity, stream: false };
    const shuffled = await run({ ...options, strategy: simpleShuffle() });
    const figures = await run({ ...options, strategy: latencyBased() });
    expect(figures.success).toBe(1);
    expect(figures.p99).toBeLessThanOrEqual(1.15 * shuffled.p99);
  });

  it("decides the same with the same seed", async () => {
    const [[, deployments]] = scenarios as [(typeof scenarios)[number]];
    const options = { deployments, promptTokensPerSecond: 8_000, forMs: 30_000 };
    const figures = await load({ ...options, strategy: latencyBased() });
    expect(await load({ ...options, strategy: latencyBased() })).toEqual(figures);
  });
});

describe("latency-based-routing on deployments whose latency does not depend on load", () => {
  it.each([1_000, 10_000])("picks the fastest: %i prompt tokens a second", async (promptTokensPerSecond) => {
    const deployments = { slow: alwaysAfter(900), middle: alwaysAfter(450), fast: alwaysAfter(300) };
    const { shares } = await run({ deployments, promptTokensPerSecond, strategy: latencyBased() });
    expect(shares["fast"]).toBeGreaterThan(0.9);
  });

  it("stops using a deployment that falls silent, and shares calls among the equal ones that answer", async () => {
    const silent = alwaysAfter(300, forAMinute(Number.POSITIVE_INFINITY));
    const deployments = { silent, b: alwaysAfter(300), c: alwaysAfter(300) };
    const figures = await run({ deployments, promptTokensPerSecond: 10_000, strategy: latencyBased() });
    expect(figures.success).toBeGreaterThan(0.99);
    expect(figures.p99).toBeLessThan(1_000);
  });
});

describe("cost-based-routing", () => {
  const deployment = {
    cheap: { inputCostPerToken: 1e-6, outputCostPerToken: 1e-6 },
    dear: { inputCostPerToken: 2e-6, outputCostPerToken: 2e-6 },
  };
  const cheap = (slowness?: (ms: number) => number) => alwaysAfter(300, slowness);

  it("sends everything to the cheapest deployment while it answers", async () => {
    const deployments = { dear: alwaysAfter(300), cheap: cheap() };
    const options = { deployments, deployment, promptTokensPerSecond: 10_000, strategy: costBased() };
    expect((await run(options)).shares).toEqual({ cheap: 1 });
  });

  it.each([10, Number.POSITIVE_INFINITY])(
    "sends calls elsewhere while the cheapest deployment is %f times slower, and then back to it",
    async (slowness) => {
      const deployments = { dear: alwaysAfter(300), cheap: cheap(forAMinute(slowness)) };
      const options = { deployments, deployment, promptTokensPerSecond: 10_000, strategy: costBased() };
      const { success, slow, shares } = await run(options);
      expect(success).toBeGreaterThan(0.99);
      // The calls before the first one was overdue, and then one at a time, to find out whether the deployment answers again.
      expect(slow).toBeLessThan(20);
      expect(shares["cheap"]).toBeGreaterThan(0.5);
    },
  );
});
