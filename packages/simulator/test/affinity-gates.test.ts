import { createStrategy } from "@modelyard/strategies";
import { describe, expect, it } from "vitest";
import {
  agentSessions,
  promptCaches,
  runScenario,
  type Scenario,
  type ScenarioResult,
  scenarios,
} from "../src/index.js";

// Short runs that give the same figures everywhere, so that the limits need no tolerance for chance.

/** Conversations with long prompts and long pauses, in which a naive pin would overload a deployment. */
const longConversations: Scenario = {
  name: "S7c",
  title: "long conversations on eight deployments with prompt caches",
  deployments: Array.from({ length: 8 }, () => ({ cache: promptCaches.anthropic })),
  requests: 3_000,
  workload: (requests, seed) =>
    agentSessions({
      sessions: Math.ceil(requests / 3),
      seed,
      perSecond: 0.6,
      turns: 3,
      sharedTokens: 512,
      turnTokens: 7_000,
      answerTokens: 343,
      pauseMs: 40_000,
    }),
  cache: promptCaches.anthropic,
};

function run(scenario: Scenario, strategy: string, affinity: boolean): Promise<ScenarioResult> {
  return runScenario({ scenario, strategy: () => createStrategy(strategy), router: { affinity } });
}

/** The part of the tokens that one shared cache would have that was read from the caches of the deployments. */
function hitsOf({ result, cacheable = Number.NaN }: ScenarioResult): number {
  return result.cachedShare / cacheable;
}

describe.each(["simple-shuffle", "least-busy"])("affinity under %s", (strategy) => {
  it("keeps 95 % of the cached tokens of coding agents, and the busiest deployment within 1.25 of the mean", async () => {
    const scenario = scenarios.S7a;
    const kept = await run(scenario, strategy, true);
    expect(hitsOf(kept)).toBeGreaterThan(0.95);
    expect(kept.result.spread.largest * scenario.deployments.length).toBeLessThan(1.25);
    const scattered = await run(scenario, strategy, false);
    expect(hitsOf(scattered)).toBeLessThan(0.85);
    expect(kept.result.firstTokenMs.p99).toBeLessThan(0.5 * scattered.result.firstTokenMs.p99);
  });

  it("keeps 85 % of the cached tokens of long conversations, and shortens the wait for the first token", async () => {
    const kept = await run(longConversations, strategy, true);
    expect(hitsOf(kept)).toBeGreaterThan(0.85);
    expect(kept.result.success).toBe(1);
    const scattered = await run(longConversations, strategy, false);
    expect(kept.result.firstTokenMs.p99).toBeLessThan(0.5 * scattered.result.firstTokenMs.p99);
  });
});
