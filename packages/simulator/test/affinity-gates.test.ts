import { createStrategy } from "@modelyard/strategies";
import { describe, expect, it } from "vitest";
import { runScenario, type Scenario, type ScenarioResult, scenarios } from "../src/index.js";

// Short runs that give the same figures everywhere, so that the limits need no tolerance for chance.

function run(scenario: Scenario, strategy: string): Promise<ScenarioResult> {
  return runScenario({ scenario, strategy: () => createStrategy(strategy) });
}

/** The part of the tokens that one shared cache would have that was read from the caches of the deployments. */
function hitsOf({ result, cacheable = Number.NaN }: ScenarioResult): number {
  return result.cachedShare / cacheable;
}

describe.each(["simple-shuffle", "least-busy"])("affinity under %s", (strategy) => {
  it("keeps 95 % of the cached tokens of coding agents, and the busiest deployment within 1.25 of the mean", async () => {
    const kept = await run(scenarios.S7b, strategy);
    expect(hitsOf(kept)).toBeGreaterThan(0.95);
    expect(kept.result.spread.largest * scenarios.S7b.deployments.length).toBeLessThan(1.25);
    const scattered = await run(scenarios.S7a, strategy);
    expect(hitsOf(scattered)).toBeLessThan(0.85);
    expect(kept.result.firstTokenMs.p99).toBeLessThan(0.5 * scattered.result.firstTokenMs.p99);
  });

  it("keeps 85 % of the cached tokens of long conversations, and shortens the wait for the first token", async () => {
    const kept = await run(scenarios.S7d, strategy);
    expect(hitsOf(kept)).toBeGreaterThan(0.85);
    expect(kept.result.success).toBe(1);
    const scattered = await run(scenarios.S7c, strategy);
    expect(kept.result.firstTokenMs.p99).toBeLessThan(0.5 * scattered.result.firstTokenMs.p99);
  });
});

it("spreads the sessions of coding agents under predicted-latency, which sends single requests where their prompts are cached anyway", async () => {
  const { result, ...kept } = await run(scenarios.S7b, "predicted-latency");
  expect(hitsOf({ result, ...kept })).toBeGreaterThan(0.95);
  expect(result.spread.largest * scenarios.S7b.deployments.length).toBeLessThan(1.25);
});
