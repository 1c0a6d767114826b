import { createStrategy, strategyNames } from "@modelyard/strategies";
import { describe, expect, it } from "vitest";
import { runScenario, type Scenario, type ScenarioResult, scenarios } from "./scenarios.js";

function run(scenario: Scenario, strategy: string, requests?: number): Promise<ScenarioResult> {
  return runScenario({
    scenario,
    strategy: () => createStrategy(strategy),
    ...(requests === undefined ? {} : { requests }),
  });
}

describe("the scenarios", () => {
  it("are what they are called, and list as many deployments as they say", () => {
    for (const [name, scenario] of Object.entries(scenarios)) {
      expect(scenario.name).toBe(name);
      expect(scenario.deployments).toHaveLength(4);
    }
  });

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
    const blind = await run(scenarios.S5b, "least-busy");
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

  it("measure only the time of the fault", async () => {
    const { result } = await run(scenarios.S3, "simple-shuffle");
    expect(result.requests).toBeGreaterThan(200);
    expect(result.requests).toBeLessThan(420);
  });
});
