import type { Candidate, NonEmpty, Strategy } from "@modelyard/core";
import { aborted, failed, firstToken, makeContext, started, succeeded } from "@modelyard/testing";
import { describeStrategy } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { drawn, listed, permutations, start } from "../test/support/draws.js";
import { predictedLatency } from "./predicted-latency.js";

describeStrategy("predictedLatency", { create: () => predictedLatency() });
describeStrategy("predictedLatency for whole answers", {
  create: () => predictedLatency({ firstTokenWeight: 1, explore: 0 }),
});

interface Answer {
  readonly firstTokenMs: number;
  readonly promptTokens?: number;
  readonly answerTokens?: number;
  readonly tokenMs?: number;
  readonly cachedTokens?: number;
}

let calls = 0;
let clock = start;

/** Lets a deployment answer one stream. */
function answer(strategy: Strategy, candidate: Candidate, facts: Answer): void {
  const { firstTokenMs, promptTokens = 1_000, answerTokens = 100, tokenMs = 20, cachedTokens = 0 } = facts;
  const call = { candidate, callId: `call-${String((calls += 1))}`, stream: true };
  const durationMs = firstTokenMs + answerTokens * tokenMs;
  strategy.observe?.(started({ ...call, at: clock, inputTokens: promptTokens }));
  strategy.observe?.(
    firstToken({ candidate: call.candidate, callId: call.callId, at: clock + firstTokenMs, firstTokenMs }),
  );
  clock += durationMs;
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: answerTokens,
    total_tokens: promptTokens + answerTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
  strategy.observe?.(succeeded({ ...call, at: clock, durationMs, firstTokenMs, usage }));
}

function taught(candidates: NonEmpty<Candidate>, firstTokens: Readonly<Record<string, number>>): Strategy {
  const strategy = predictedLatency({ explore: 0 });
  for (let round = 0; round < 20; round += 1)
    for (const candidate of candidates)
      answer(strategy, candidate, { firstTokenMs: firstTokens[candidate.deployment.id] ?? 400 });
  return strategy;
}

const stream = (now = clock, inputTokens = 1_000) => makeContext({ now, stream: true, inputTokens });
const pickOf = (strategy: Strategy, candidates: NonEmpty<Candidate>, context = stream()): string =>
  (strategy.pick(candidates, context) as Candidate).deployment.id;

const three = [{ id: "a" }, { id: "b" }, { id: "c" }];

describe("predictedLatency", () => {
  it("picks the deployment with the fewest calls in flight while nothing was measured", () => {
    const candidates = listed([
      { id: "a", inFlight: 2 },
      { id: "b", inFlight: 1 },
      { id: "c", inFlight: 3 },
    ]);
    expect(pickOf(predictedLatency({ explore: 0 }), candidates)).toBe("b");
  });

  it("picks the one that is predicted to answer soonest, in whatever order they are listed", () => {
    const candidates = listed(three);
    const strategy = taught(candidates, { a: 900, b: 300, c: 600 });
    for (const order of permutations(candidates)) expect(pickOf(strategy, order as NonEmpty<Candidate>)).toBe("b");
  });

  it("counts the prompts that wait at a deployment by their tokens", () => {
    const candidates = listed(three);
    const strategy = taught(candidates, { a: 900, b: 300, c: 600 });
    const waiting = { candidate: candidates[1]!, callId: "waiting", stream: true };
    strategy.observe?.(started({ ...waiting, at: clock, inputTokens: 200 }));
    expect(pickOf(strategy, candidates)).toBe("b");
    strategy.observe?.(started({ ...waiting, callId: "long", at: clock, inputTokens: 20_000 }));
    expect(pickOf(strategy, candidates)).toBe("c");
    strategy.observe?.(aborted({ ...waiting, callId: "long", at: clock, durationMs: 0 }));
    expect(pickOf(strategy, candidates)).toBe("b");
  });

  it("prefers fast writing for long answers, and a fast first token for short ones", () => {
    const candidates = listed([{ id: "a" }, { id: "b" }]);
    const strategy = predictedLatency({ explore: 0 });
    for (let round = 0; round < 20; round += 1) {
      answer(strategy, candidates[0], { firstTokenMs: 200, tokenMs: 30 });
      answer(strategy, candidates[1]!, { firstTokenMs: 700, tokenMs: 10 });
    }
    const at = (maxOutputTokens: number) =>
      makeContext({ now: clock, stream: true, inputTokens: 1_000, maxOutputTokens });
    expect(pickOf(strategy, candidates, at(10))).toBe("a");
    expect(pickOf(strategy, candidates, at(10_000))).toBe("b");
  });

  it("avoids a deployment whose oldest call is late, until that ends", () => {
    const candidates = listed(three);
    const strategy = taught(candidates, { a: 900, b: 300, c: 600 });
    const call = { candidate: candidates[1]!, callId: "silent", stream: true };
    strategy.observe?.(started({ ...call, at: clock, inputTokens: 10 }));
    expect(pickOf(strategy, candidates, stream(clock + 100))).toBe("b");
    expect(pickOf(strategy, candidates, stream(clock + 2_000))).toBe("c");
    strategy.observe?.(aborted({ ...call, at: clock + 2_100, durationMs: 2_100 }));
    expect(pickOf(strategy, candidates, stream(clock + 2_100))).toBe("b");
  });

  it("believes a change after two surprises in a row, and counts a timeout as an answer at its age", () => {
    const candidates = listed([{ id: "a" }, { id: "b" }]);
    const strategy = taught(candidates, { a: 300, b: 600 });
    const time = (callId: string): void => {
      const call = { candidate: candidates[0], callId, stream: true };
      strategy.observe?.(started({ ...call, at: clock, inputTokens: 1_000 }));
      strategy.observe?.(failed({ ...call, at: clock + 5_000, durationMs: 5_000, kind: "timeout" }));
    };
    time("one");
    time("two");
    expect(pickOf(strategy, candidates)).toBe("b");
  });

  it("learns from tokens that had to be read, not from those in a cache", () => {
    const candidates = listed([{ id: "a" }, { id: "b" }]);
    const strategy = predictedLatency({ explore: 0 });
    for (let round = 0; round < 60; round += 1) {
      // Both read 4 tokens per millisecond; `a` finds nearly all of its long prompts in its cache.
      answer(strategy, candidates[0], { firstTokenMs: 400, promptTokens: 10_000, cachedTokens: 9_000 });
      answer(strategy, candidates[1]!, { firstTokenMs: 400, promptTokens: 1_000 });
    }
    expect(
      drawn(strategy, candidates, { stream: true, inputTokens: 1_000, now: clock }, 200)["a"] ?? 0,
    ).toBeGreaterThan(0);
  });

  it("explores: a few calls go anywhere", () => {
    const candidates = listed(three);
    const strategy = predictedLatency({ explore: 1 });
    const counts = drawn(strategy, candidates, { stream: true }, 3_000);
    for (const { id } of three) expect(counts[id]).toBeGreaterThan(800);
  });

  it("compares two of many deployments, so that several processes do not all choose the same", () => {
    const many = listed(Array.from({ length: 40 }, (_, index) => ({ id: `d${String(index)}` })));
    const strategy = taught(
      many,
      Object.fromEntries(many.map(({ deployment }, index) => [deployment.id, 300 + index])),
    );
    const counts = drawn(strategy, many, { stream: true, inputTokens: 1_000, now: clock }, 4_000);
    expect(Object.keys(counts).length).toBeGreaterThan(30);
    expect(counts["d0"]!).toBeGreaterThan(counts["d30"] ?? 0);
  });

  it("spreads new sessions by speed", () => {
    const candidates = listed([{ id: "a" }, { id: "b" }]);
    const strategy = taught(candidates, { a: 300, b: 3_000 });
    const [a = 0, b = 0] = Array.from(strategy.spreads?.(candidates) ?? []);
    expect(a / b).toBeGreaterThan(1.5);
  });

  it("knows in another process what this one has told it, and after a reload what it knew before", () => {
    const candidates = listed(three);
    const strategy = taught(candidates, { a: 900, b: 300, c: 600 });
    const told = predictedLatency({ explore: 0 });
    told.merge?.(JSON.parse(JSON.stringify(strategy.delta?.())));
    expect(pickOf(told, candidates)).toBe("b");
    expect(strategy.delta?.()).toBeUndefined();
    const reloaded = predictedLatency({ explore: 0 });
    reloaded.restore?.(JSON.parse(JSON.stringify(strategy.snapshot?.())));
    expect(pickOf(reloaded, candidates)).toBe("b");
  });

  it.each([[{ firstTokenWeight: -1 }], [{ explore: 2 }]])("refuses %j", (options) => {
    expect(() => predictedLatency(options)).toThrow(/firstTokenWeight|explore/u);
  });
});
