import { createStrategy, strategyNames } from "@modelyard/strategies";
import { describe, expect, it } from "vitest";
import { runScenario, type ScenarioResult } from "./run-scenario.js";
import { type Scenario, scenarios } from "./scenarios.js";

function run(scenario: Scenario, strategy: string, requests?: number): Promise<ScenarioResult> {
  return runScenario({
    scenario,
    strategy: () => createStrategy(strategy),
    ...(requests === undefined ? {} : { requests }),
  });
}

describe("the scenarios", () => {
  it("are what they are called", () => {
    expect(Object.values(scenarios).map(({ name }) => name)).toEqual(Object.keys(scenarios));
  });

  it.each(Object.values(scenarios))(
    "give about as many requests as they are asked for, in order: $name",
    (scenario) => {
      const times = [...scenario.workload(400, 1)].map(({ atMs }) => atMs);
      expect(times.length).toBeGreaterThan(200);
      expect(times.length).toBeLessThan(600);
      expect(times).toEqual(times.toSorted((left, right) => left - right));
    },
  );

  it.each(strategyNames)("of equal deployments have no herds under %s", async (strategy) => {
    const { result, regret } = await run(scenarios.S1, strategy, 2_000);
    expect(result.success).toBe(1);
    expect(result.spread.windowP50).toBeLessThan(0.45);
    expect(regret.firstTokenP99).toBeGreaterThan(0.95);
  });

  it("of unequal deployments punish strategies that are blind to speed, and reward latency", async () => {
    const blind = await run(scenarios.S2r, "simple-shuffle", 3_000);
    const fast = await run(scenarios.S2r, "latency-based-routing", 3_000);
    expect(blind.regret.firstTokenP99).toBeGreaterThan(5);
    expect(fast.regret.firstTokenP99).toBeLessThan(1.5);
  });

  it("of a black hole cost whole timeouts unless overdue calls are noticed", async () => {
    const blind = await run(scenarios.S5b, "simple-shuffle");
    const watchful = await run(scenarios.S5b, "latency-based-routing");
    expect(blind.result.firstTokenMs.p99).toBeGreaterThan(55_000);
    expect(watchful.regret.firstTokenP99).toBeLessThan(1.5);
  });

  it("about limits say how much can be served", async () => {
    const { servable, result } = await run(scenarios.S4, "simple-shuffle", 2_000);
    expect(servable).toBeGreaterThan(result.success);
    expect(servable).toBeLessThanOrEqual(1);
    expect((await run(scenarios.S5a, "simple-shuffle", 100)).servable).toBeUndefined();
  });

  it("of agents' sessions say how much of the prompts could come from a cache", async () => {
    const { result, cacheable = 0 } = await run(scenarios.S7a, "simple-shuffle", 400);
    expect(cacheable).toBeGreaterThan(0.9);
    expect(result.cachedShare / cacheable).toBeLessThan(0.95);
  });

  it("of several processes keep the limits that they share, also while the store is away", async () => {
    const { result } = await run(scenarios.S9l, "simple-shuffle", 2_500);
    expect(result.sharedOperations).toBeGreaterThan(1);
    const { tpm } = scenarios.S9l;
    for (const { busiestTokens } of Object.values(result.deployments)) expect(busiestTokens / tpm).toBeLessThan(1.15);
  });

  it("of several tenants report each of them", async () => {
    const { result } = await run(scenarios.S10, "simple-shuffle", 1_000);
    const { large, ...small } = result.tenants;
    expect(Object.keys(small)).toHaveLength(4);
    expect(large?.requests).toBeGreaterThan(700);
  });

  it("measure only the time of the fault", async () => {
    const { result } = await run(scenarios.S3, "simple-shuffle");
    expect(result.requests).toBeGreaterThan(200);
    expect(result.requests).toBeLessThan(420);
  });
});
