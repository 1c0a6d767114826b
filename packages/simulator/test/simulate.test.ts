import { createStrategy, leastBusy, simpleShuffle } from "@modelyard/strategies";
import { describe, expect, it } from "vitest";
import {
  agentSessions,
  type DeploymentModel,
  promptCaches,
  simulate,
  type SimulatedRouterOptions,
  type SimulationOptions,
  steadyWorkload,
} from "../src/index.js";

const prices = { inputCostPerToken: 2e-6, outputCostPerToken: 8e-6, cachedInputCostPerToken: 1e-6 };
const modelList = ["a", "b"].map((id) => ({ modelName: "model", model: `openai/model-${id}`, id, ...prices }));

function run(
  changes: Partial<SimulationOptions> = {},
  router: Partial<SimulatedRouterOptions> = {},
): ReturnType<typeof simulate> {
  return simulate({
    workload: steadyWorkload({ requests: 400, perSecond: 3 }),
    router: () => ({ strategy: simpleShuffle(), modelList, ...router }),
    ...changes,
  });
}

describe("a simulation", () => {
  it("is the same to the last bit when it is repeated, and another one with another seed", async () => {
    const first = await run();
    expect(await run()).toEqual(first);
    expect((await run({ seed: 2 })).digest).not.toBe(first.digest);
  });

  it("reports what callers saw and what vendors did", async () => {
    const result = await run();
    expect(result).toMatchObject({
      requests: 400,
      success: 1,
      attempts: 1,
      rateLimited: 0,
      failures: {},
      wastedShare: 0,
    });
    const { a, b } = result.deployments;
    expect((a?.answered ?? 0) + (b?.answered ?? 0)).toBe(400);
    expect(result.firstTokenMs.p50).toBeGreaterThan(150);
    expect(result.latencyMs.p50).toBeGreaterThan(result.firstTokenMs.p50);
    const tokens = (a?.inputTokens ?? 0) + (b?.inputTokens ?? 0);
    const answers = (a?.outputTokens ?? 0) + (b?.outputTokens ?? 0);
    expect(result.costUsd).toBeCloseTo(tokens * 2e-6 + answers * 8e-6, 9);
  });

  it("does not know the cost if a price is unknown", async () => {
    const result = await run(
      {},
      { modelList: modelList.map(({ id, modelName, model }) => ({ id, modelName, model })) },
    );
    expect(result.costUsd).toBeUndefined();
  });

  it("answers plain calls like streams, but without a first token of their own", async () => {
    const workload = (stream: boolean): SimulationOptions["workload"] =>
      steadyWorkload({ requests: 200, perSecond: 1, stream });
    const plain = await run({ workload: workload(false) });
    const streamed = await run({ workload: workload(true) });
    expect(plain.latencyMs).toEqual(streamed.latencyMs);
    expect(plain.firstTokenMs).toEqual(plain.latencyMs);
  });

  it("retries elsewhere what fails, as the router does", async () => {
    const faults = [{ kind: "error", status: 503, share: 0.5, fromMs: 0, toMs: Number.POSITIVE_INFINITY }] as const;
    const result = await run({ deployments: { a: { faults } } }, { disableCooldowns: true });
    expect(result.success).toBe(1);
    expect(result.attempts).toBeGreaterThan(1.2);
    const alone = await run({ deployments: { a: { faults } } }, { numRetries: 0, disableCooldowns: true });
    expect(alone.failures["service_unavailable"]).toBeGreaterThan(60);
  });

  it("hits the router's timeouts and cooldowns", async () => {
    const hang: DeploymentModel = { faults: [{ kind: "hang", fromMs: 0, toMs: Number.POSITIVE_INFINITY }] };
    const workload = steadyWorkload({ requests: 300, perSecond: 1 });
    const result = await run({ workload, deployments: { a: hang } }, { streamTimeoutMs: 5_000, numRetries: 1 });
    expect(result.success).toBe(1);
    expect(result.firstTokenMs.p99).toBeGreaterThan(5_000);
    expect(result.firstTokenMs.max).toBeLessThan(15_000);
    // The cooldown keeps most requests away from it.
    expect(result.deployments["a"]?.calls).toBeLessThan(120);
  });

  it("reports streams that stop in the middle as failures, and what they wasted", async () => {
    const stall: DeploymentModel = {
      faults: [{ kind: "stall", share: 0.1, fromMs: 0, toMs: Number.POSITIVE_INFINITY }],
    };
    const result = await run({ deployments: { "*": stall } }, { streamTimeoutMs: 3_000 });
    expect(result.failures["timeout"]).toBeGreaterThan(20);
    expect(result.wastedShare).toBeGreaterThan(0.02);
  });

  it("does not mistake a slow stream for a silent one", async () => {
    const slow: DeploymentModel = { tokenMs: 400 };
    const workload = steadyWorkload({ requests: 100, perSecond: 0.2 });
    const result = await run(
      { workload, deployments: { "*": slow }, patienceMs: 3_000_000 },
      { streamTimeoutMs: 20_000 },
    );
    expect(result.success).toBe(1);
    expect(result.latencyMs.p50).toBeGreaterThan(40_000);
  });

  it("lets callers give up, which stops the vendor", async () => {
    const result = await run({ deployments: { "*": { tokenMs: 1_000 } }, patienceMs: 5_000 });
    expect(result.failures["aborted"]).toBeGreaterThan(390);
    expect(result.latencyMs.max).toBe(5_000);
    expect(result.deployments["a"]?.left).toBeGreaterThan(100);
  });

  it("respects the vendors' limits and their Retry-After", async () => {
    const limits = { tokens: { perMinute: 60_000, burst: 6_000 }, charge: "settled" } as const;
    const result = await run({ deployments: { "*": { limits } } });
    expect(result.rateLimited).toBeGreaterThan(1);
    const seconds = result.durationMs / 1_000;
    for (const { inputTokens, outputTokens } of Object.values(result.deployments))
      expect(inputTokens + outputTokens).toBeLessThan(6_000 + seconds * 1_000);
  });

  it("counts what prompt caches save", async () => {
    const workload = agentSessions({ sessions: 20, perSecond: 0.2, seed: 2 });
    const cache = { cache: promptCaches.anthropic };
    const one = await run({ workload, deployments: { "*": cache } }, { modelList: modelList.slice(0, 1) });
    const two = await run({ workload, deployments: { "*": cache } });
    expect(one.cachedShare).toBeGreaterThan(0.9);
    expect(two.cachedShare).toBeLessThan(one.cachedShare);
    expect(two.costUsd ?? 0).toBeGreaterThan(one.costUsd ?? 0);
  });

  it("gives each process a router of its own", async () => {
    const strategies = new Set<object>();
    const result = await run({
      processes: 3,
      router: () => {
        const strategy = leastBusy();
        strategies.add(strategy);
        return { modelList, strategy };
      },
    });
    expect(strategies.size).toBe(3);
    expect(result.success).toBe(1);
  });

  it("finds the model group and the deployments of each request", async () => {
    const mixed = [...steadyWorkload({ requests: 100, perSecond: 2 })].map((request, index) => ({
      ...request,
      model: index % 2 === 0 ? "model" : "other",
    }));
    const other = { modelName: "other", model: "azure/other", id: "other" };
    const result = await run({ workload: mixed }, { modelList: [...modelList, other] });
    expect(result.deployments["other"]?.answered).toBe(50);
  });

  it("refuses models of deployments that the router does not have", async () => {
    await expect(async () => run({ deployments: { c: {} } })).rejects.toThrow('no deployment or model "c"');
  });

  it("reports its progress", async () => {
    const seen: number[] = [];
    await run({
      workload: steadyWorkload({ requests: 2_500, perSecond: 4 }),
      onProgress: (requests) => {
        seen.push(requests);
      },
    });
    expect(seen).toEqual([1_000, 2_000]);
  });

  it("sends the same requests to every strategy", async () => {
    const inputs = await Promise.all(
      ["least-busy", "latency-based-routing", "usage-based-routing"].map(async (name) => {
        const { deployments } = await run({}, { strategy: createStrategy(name) });
        return Object.values(deployments).reduce((sum, { inputTokens }) => sum + inputTokens, 0);
      }),
    );
    expect(new Set(inputs).size).toBe(1);
  });
});
