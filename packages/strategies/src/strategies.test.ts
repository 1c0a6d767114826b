import type { Candidate, NonEmpty, Strategy } from "@modelyard/core";
import { failed, makeCandidates, makeContext, sharesOf, succeeded } from "@modelyard/testing";
import { describeStrategy } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import {
  costBased,
  createStrategy,
  latencyBased,
  leastBusy,
  simpleShuffle,
  strategyNames,
  usageBased,
} from "./index.js";

describeStrategy("simpleShuffle", { create: () => simpleShuffle() });
describeStrategy("leastBusy", { create: () => leastBusy() });
describeStrategy("usageBased", { create: () => usageBased() });
describeStrategy("latencyBased", { create: () => latencyBased() });
describeStrategy("costBased", { create: () => costBased() });

const start = Date.UTC(2026, 0, 1);

function shares(strategy: Strategy, candidates: NonEmpty<Candidate>, draws = 100_000): Record<string, number> {
  const context = makeContext({ now: start + 1_000 });
  return sharesOf(() => strategy.pick(candidates, context), draws);
}

function near(actual: Record<string, number>, expected: Record<string, number>): void {
  for (const [id, share] of Object.entries(expected)) expect(Math.abs((actual[id] ?? 0) - share)).toBeLessThan(0.01);
}

describe("simpleShuffle", () => {
  const weights = { a: 5, b: 3, c: 2 };
  const subsets = [["a"], ["b", "a"], ["a", "c"], ["c", "b"], ["c", "a", "b"], ["a", "b", "c"]] as const;

  it.each(subsets.map((ids) => [ids] as const))("keeps to the weights within a point over 100,000 draws: %j", (ids) => {
    const up = ids as readonly (keyof typeof weights)[];
    const list = makeCandidates(up.map((id) => ({ id, weight: weights[id] })));
    const total = up.reduce((sum, id) => sum + weights[id], 0);
    for (const candidates of [list, Object.freeze([...list]) as unknown as NonEmpty<Candidate>]) {
      near(shares(simpleShuffle(), candidates), Object.fromEntries(up.map((id) => [id, weights[id] / total])));
    }
  });

  it("judges weight, else rpm, else tpm over all candidates, and what is missing weighs nothing", () => {
    near(
      shares(
        simpleShuffle(),
        makeCandidates([
          { id: "a", rpm: 900 },
          { id: "b", rpm: 100 },
        ]),
      ),
      { a: 0.9, b: 0.1 },
    );
    near(
      shares(
        simpleShuffle(),
        makeCandidates([
          { id: "a", tpm: 900 },
          { id: "b", tpm: 100 },
        ]),
      ),
      { a: 0.9, b: 0.1 },
    );
    near(
      shares(
        simpleShuffle(),
        makeCandidates([
          { id: "a", rpm: 10 },
          { id: "b", rpm: 30, weight: 1 },
        ]),
      ),
      { b: 1 },
    );
    near(
      shares(
        simpleShuffle(),
        makeCandidates([
          { id: "a", weight: 0 },
          { id: "b", weight: 0 },
        ]),
      ),
      { a: 0.5, b: 0.5 },
    );
  });
});

describe("leastBusy", () => {
  it("prefers the fewest in flight, and shares evenly among equals", () => {
    near(
      shares(
        leastBusy(),
        makeCandidates([
          { id: "a", inFlight: 2 },
          { id: "b", inFlight: 1 },
          { id: "c", inFlight: 1 },
        ]),
      ),
      { b: 0.5, c: 0.5 },
    );
  });
});

describe("usageBased", () => {
  it("prefers the lowest used share of the limits", () => {
    const candidates = makeCandidates([
      { id: "a", tpm: 1_000, tokensUsed: 500 },
      { id: "b", tpm: 10_000, tokensUsed: 1_000 },
    ]);
    near(shares(usageBased(), candidates), { b: 1 });
  });

  it("looks at the tighter of the two limits", () => {
    const candidates = makeCandidates([
      { id: "a", rpm: 10, tpm: 10_000, requestsUsed: 9 },
      { id: "b", rpm: 10, tpm: 10_000, tokensUsed: 5_000 },
    ]);
    near(shares(usageBased(), candidates), { b: 1 });
  });

  it("compares tokens where somebody has no limit", () => {
    near(
      shares(
        usageBased(),
        makeCandidates([
          { id: "a", tokensUsed: 10 },
          { id: "b", tpm: 10, tokensUsed: 5 },
        ]),
      ),
      { b: 1 },
    );
  });
});

describe("costBased", () => {
  it("prefers the cheapest; 0 is a price, unknown comes last", () => {
    const priced = { inputCostPerToken: 1, outputCostPerToken: 1 };
    near(shares(costBased(), makeCandidates([{ id: "a" }, { id: "b", ...priced }])), { b: 1 });
    near(
      shares(
        costBased(),
        makeCandidates([{ id: "a", inputCostPerToken: 0, outputCostPerToken: 0 }, { id: "b", ...priced }, { id: "c" }]),
      ),
      { a: 1 },
    );
  });

  it("says whose price is unknown", () => {
    expect(costBased().review?.(makeCandidates([{ id: "a" }]).map((candidate) => candidate.deployment))).toEqual([
      expect.stringContaining("(a) is not known"),
    ]);
  });
});

describe("latencyBased", () => {
  const two = (): NonEmpty<Candidate> => makeCandidates([{ id: "a" }, { id: "b" }]);

  it("tries those it has not measured, then prefers the fastest", () => {
    const strategy = latencyBased();
    const candidates = two();
    const [a, b] = candidates;
    strategy.observe?.(succeeded({ candidate: a, at: start, durationMs: 100 }));
    near(shares(strategy, candidates, 100), { b: 1 });
    strategy.observe?.(succeeded({ candidate: b!, at: start, durationMs: 5_000 }));
    near(shares(strategy, candidates, 100), { a: 1 });
  });

  it("measures seconds per token for plain calls and the first token for streams", () => {
    const strategy = latencyBased();
    const candidates = two();
    const [a, b] = candidates;
    const long = { prompt_tokens: 1, completion_tokens: 1_000, total_tokens: 1_001 };
    strategy.observe?.(succeeded({ candidate: a, at: start, durationMs: 10_000, usage: long }));
    strategy.observe?.(succeeded({ candidate: b!, at: start, durationMs: 1_000 }));
    near(shares(strategy, candidates, 100), { a: 1 });
    strategy.observe?.(succeeded({ candidate: a, at: start, durationMs: 900, stream: true }));
    strategy.observe?.(succeeded({ candidate: b!, at: start, durationMs: 300, stream: true }));
    const context = makeContext({ stream: true, now: start + 1 });
    expect(sharesOf(() => strategy.pick(candidates, context), 50)).toEqual({ b: expect.closeTo(1, 5) as number });
  });

  it("shares among near-equals by the buffer, as LiteLLM's [0.2, 0.29, 0.31] with 0.5", () => {
    const strategy = latencyBased({ lowestLatencyBuffer: 0.5 });
    const candidates = makeCandidates([{ id: "a" }, { id: "b" }, { id: "c" }]);
    for (const [index, ms] of [200, 290, 310].entries())
      strategy.observe?.(succeeded({ candidate: candidates[index]!, at: start, durationMs: ms, stream: true }));
    const context = makeContext({ stream: true, now: start + 1 });
    near(
      sharesOf(() => strategy.pick(candidates, context), 100_000),
      { a: 0.5, b: 0.5 },
    );
  });

  it("forgets what is older than the ttl, and keeps only the latest samples", () => {
    const strategy = latencyBased({ ttlMs: 60_000, maxLatencyListSize: 2 });
    const candidates = two();
    const [a, b] = candidates;
    for (const ms of [9_000, 100, 100]) strategy.observe?.(succeeded({ candidate: a, at: start, durationMs: ms }));
    strategy.observe?.(succeeded({ candidate: b!, at: start, durationMs: 500 }));
    near(shares(strategy, candidates, 100), { a: 1 });
    strategy.observe?.(succeeded({ candidate: b!, at: start + 59_000, durationMs: 500 }));
    const later = makeContext({ now: start + 61_000 });
    expect(sharesOf(() => strategy.pick(candidates, later), 20)).toEqual({ a: expect.closeTo(1, 5) as number });
  });

  it("does not take a deployment that only ever failed for unmeasured", () => {
    const strategy = latencyBased();
    const candidates = two();
    const [a, b] = candidates;
    strategy.observe?.(succeeded({ candidate: a, at: start, durationMs: 100 }));
    strategy.observe?.(failed({ candidate: b!, at: start, durationMs: 1 }));
    near(shares(strategy, candidates, 100), { a: 1 });
  });

  it("does not mistake a new deployment for the one that had its index", () => {
    const strategy = latencyBased();
    const [a] = two();
    strategy.observe?.(succeeded({ candidate: a, at: start, durationMs: 1 }));
    const changed = makeCandidates([{ id: "new" }, { id: "b" }]);
    strategy.observe?.(succeeded({ candidate: changed[1]!, at: start, durationMs: 5_000 }));
    near(shares(strategy, changed, 100), { new: 1 });
  });
});

describe("createStrategy", () => {
  it.each(strategyNames)("makes %s", (name) => {
    expect(createStrategy(name).pick).toBeTypeOf("function");
  });

  it("takes LiteLLM's arguments", () => {
    expect(
      createStrategy("latency-based-routing", { ttl: 60, lowest_latency_buffer: 0.5, max_latency_list_size: 5 }).name,
    ).toBe("latency-based-routing");
  });

  it("explains what it does not know", () => {
    expect(() => createStrategy("least-bussy")).toThrow('Did you mean "least-busy"');
    expect(() => createStrategy("latency-based-routing", { tll: 60 })).toThrow('Did you mean "ttl"');
    expect(() => createStrategy("latency-based-routing", { ttl: "soon" })).toThrow("not a number");
    expect(() => createStrategy("latency-based-routing", { ttl: 0 })).toThrow("not above 0");
  });
});
