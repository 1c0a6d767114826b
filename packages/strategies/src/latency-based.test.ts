import type { Candidate, NonEmpty, Strategy } from "@modelyard/core";
import { aborted, failed, firstToken, makeContext, started, succeeded } from "@modelyard/testing";
import { describeStrategy } from "@modelyard/testing/conformance";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawn, expectFair, frozen, listed, permutations, start } from "../test/support/draws.js";
import { latencyBased } from "./latency-based.js";

describeStrategy("latencyBased", { create: () => latencyBased() });
describeStrategy("latencyBased with a buffer and a short list of samples", {
  create: () => latencyBased({ lowestLatencyBuffer: 0.5, maxLatencyListSize: 2, ttlMs: 5_000 }),
});

const all = [{ id: "a" }, { id: "b" }, { id: "c" }];
const minuteMs = 60_000;

interface Seen {
  readonly ms: number;
  readonly at?: number;
  readonly stream?: boolean;
  readonly tokens?: number;
  readonly firstTokenMs?: number;
}

/** Reports an answer, of 10 tokens by default. */
function see(
  strategy: Strategy,
  candidate: Candidate,
  { ms, at = start, stream = false, tokens = 10, firstTokenMs }: Seen,
) {
  strategy.observe?.(
    succeeded({
      candidate,
      at,
      durationMs: ms,
      stream,
      ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
      usage: { prompt_tokens: 1, completion_tokens: tokens, total_tokens: tokens + 1 },
    }),
  );
}

function taught(
  strategy: Strategy,
  candidates: NonEmpty<Candidate>,
  latencies: Record<string, number>,
  stream = false,
): Strategy {
  for (const candidate of candidates) {
    const ms = latencies[candidate.deployment.id];
    if (ms !== undefined) see(strategy, candidate, { ms, stream });
  }
  return strategy;
}

describe("latencyBased", () => {
  it.each([
    [{ a: 100, b: 500, c: 900 }, ["a"]],
    [{ a: 900, b: 500 }, ["c"]],
    [{ a: 1 }, ["b", "c"]],
    [{}, ["a", "b", "c"]],
    // With 10 tokens, differences below a millisecond per token are noise.
    [{ a: 100, b: 108, c: 300 }, ["a", "b"]],
  ] as const)("with latencies of %j ms picks %j in equal shares, in every listing order", (latencies, expected) => {
    for (const order of permutations(all)) {
      for (const candidates of [listed(all, order), frozen(listed(all, order))])
        expectFair(drawn(taught(latencyBased(), candidates, latencies), candidates, { seed: 3 }), expected);
    }
  });

  it("shares calls among the deployments within the buffer, as LiteLLM does for [0.2, 0.29, 0.31] with 0.5", () => {
    for (const order of permutations(all)) {
      const candidates = listed(all, order);
      const strategy = taught(latencyBased({ lowestLatencyBuffer: 0.5 }), candidates, { a: 200, b: 290, c: 310 }, true);
      expectFair(drawn(strategy, candidates, { stream: true, seed: 3 }), ["a", "b"]);
    }
  });

  // Divided by the length of the answer, one of the two cases would give the wrong order.
  it.each([
    [2_000, 10],
    [10, 2_000],
  ])("compares streams by their first token alone, whether %i or %i tokens follow", (mine, theirs) => {
    const candidates = listed([{ id: "quick" }, { id: "slow" }]);
    const strategy = latencyBased();
    see(strategy, candidates[0], { ms: 1_000 + mine * 20, stream: true, tokens: mine, firstTokenMs: 1_000 });
    see(strategy, candidates[1] as Candidate, {
      ms: 3_000 + theirs * 20,
      stream: true,
      tokens: theirs,
      firstTokenMs: 3_000,
    });
    expectFair(drawn(strategy, candidates, { stream: true }), ["quick"]);
  });

  it("measures plain calls by seconds per token, separately from streams and embeddings", () => {
    const candidates = listed([{ id: "a" }, { id: "b" }]);
    const [a, b] = candidates as unknown as readonly [Candidate, Candidate];
    const strategy = latencyBased();
    see(strategy, a, { ms: 10_000, tokens: 1_000 });
    see(strategy, b, { ms: 1_000, tokens: 10 });
    expectFair(drawn(strategy, candidates), ["a"]);
    expectFair(drawn(strategy, candidates, { stream: true }), ["a", "b"]);
    see(strategy, a, { ms: 900, stream: true });
    see(strategy, b, { ms: 300, stream: true });
    expectFair(drawn(strategy, candidates, { stream: true }), ["b"]);
    for (const [candidate, durationMs] of [
      [a, 500],
      [b, 100],
    ] as const)
      strategy.observe?.(succeeded({ candidate, at: start, durationMs, operation: "embeddings" }));
    expectFair(drawn(strategy, candidates, { operation: "embeddings" }), ["b"]);
    expectFair(drawn(strategy, candidates), ["a"]);
  });

  it("ignores answers that cannot be measured", () => {
    const candidates = listed([{ id: "a" }, { id: "b" }]);
    const strategy = latencyBased();
    see(strategy, candidates[0], { ms: 1, tokens: 0 });
    see(strategy, candidates[1] as Candidate, { ms: 900 });
    expectFair(drawn(strategy, candidates), ["a"]);
  });

  it("keeps the latest ten samples", () => {
    const strategy = latencyBased();
    const [a] = listed(all);
    for (let sample = 1; sample <= 12; sample += 1) see(strategy, a, { ms: sample * 10_000, at: start + sample });
    const kept = samplesOf(strategy, "plain");
    expect(kept.map(([, value]) => value)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(kept.map(([at]) => at - start)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("forgets each sample when it is older than the ttl", () => {
    const candidates = frozen(listed([{ id: "a" }, { id: "b" }]));
    const [a, b] = candidates as unknown as readonly [Candidate, Candidate];
    const strategy = latencyBased({ ttlMs: minuteMs });
    see(strategy, a, { ms: 9_000 });
    see(strategy, a, { ms: 100, at: start + 30_000 });
    see(strategy, b, { ms: 1_000, at: start + 59_000 });
    const at = (ms: number) => drawn(strategy, candidates, { now: start + ms });
    expectFair(at(59_999), ["b"]);
    expectFair(at(60_000), ["a"]);
    expectFair(at(89_999), ["a"]);
    // Nothing is known about it any more, so it is tried.
    expectFair(at(90_000), ["a"]);
    see(strategy, a, { ms: 5_000, at: start + 90_000 });
    expectFair(at(90_001), ["b"]);
    expectFair(at(119_000), ["b"]);
  });

  it("tries unmeasured deployments, with one call at a time if others are measured", () => {
    const known = [{ id: "a" }, { id: "b", inFlight: 1 }, { id: "c" }];
    const candidates = listed(known);
    const strategy = latencyBased();
    see(strategy, candidates[0], { ms: 5_000 });
    expectFair(drawn(strategy, candidates), ["c"]);
    see(strategy, candidates[2] as Candidate, { ms: 9_000 });
    expectFair(drawn(strategy, candidates), ["a"]);
    const none = listed([
      { id: "x", inFlight: 2 },
      { id: "y", inFlight: 1 },
    ]);
    expectFair(drawn(latencyBased(), none), ["y"]);
  });

  it("avoids a deployment that failed before it was measured for a minute, then tries it again", () => {
    const candidates = listed([{ id: "a" }, { id: "b" }]);
    const strategy = latencyBased();
    see(strategy, candidates[0], { ms: 9_000 });
    strategy.observe?.(failed({ candidate: candidates[1] as Candidate, at: start, durationMs: 1 }));
    expectFair(drawn(strategy, candidates, { now: start + minuteMs - 1 }), ["a"]);
    expectFair(drawn(strategy, candidates, { now: start + minuteMs }), ["b"]);
    const onlyFailed = latencyBased();
    for (const candidate of candidates) onlyFailed.observe?.(failed({ candidate, at: start, durationMs: 1 }));
    expectFair(drawn(onlyFailed, candidates), ["a", "b"]);
  });

  it("never lets a failure improve a deployment's latency", () => {
    const sample = fc.record({ ms: fc.integer({ min: 1, max: 100_000 }), gap: fc.nat({ max: 10_000 }) });
    const kinds = ["timeout", "internal_server", "rate_limit", "bad_request", "api_connection", "aborted"] as const;
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(...kinds),
        fc.integer({ min: 1, max: 50_000 }),
        fc.boolean(),
        (samples, size, kind, failedMs, stream) => {
          const strategy = latencyBased({ maxLatencyListSize: size, ttlMs: minuteMs });
          const [candidate] = listed(all);
          let at = start;
          for (const { ms, gap } of samples) {
            at += gap;
            see(strategy, candidate, { ms, at, stream });
          }
          const before = meanOf(strategy, at, stream);
          strategy.observe?.(
            failed({
              candidate,
              at,
              durationMs: failedMs,
              kind: kind === "aborted" ? "internal_server" : kind,
              stream,
            }),
          );
          strategy.observe?.(aborted({ candidate, at, durationMs: 1, stream }));
          const after = meanOf(strategy, at, stream);
          expect(after).toBeGreaterThanOrEqual(before * (1 - 1e-9));
        },
      ),
    );
  });

  it("ignores failures caused by the request or the caller", () => {
    const candidates = listed([{ id: "a" }, { id: "b" }]);
    const strategy = latencyBased();
    see(strategy, candidates[0], { ms: 100 });
    const b = candidates[1] as Candidate;
    for (const kind of ["bad_request", "context_window_exceeded", "content_policy_violation"] as const)
      strategy.observe?.(failed({ candidate: b, at: start, durationMs: 1, kind }));
    strategy.observe?.(aborted({ candidate: b, at: start, durationMs: 1 }));
    expectFair(drawn(strategy, candidates), ["b"]);
  });

  it("does not confuse a new deployment with the one that had its index", () => {
    const before = frozen(listed([{ id: "a" }, { id: "b" }]));
    const strategy = latencyBased();
    see(strategy, before[0], { ms: 1 });
    see(strategy, before[1] as Candidate, { ms: 5_000 });
    expectFair(drawn(strategy, before), ["a"]);
    const after = frozen(listed([{ id: "new" }, { id: "b" }]));
    expectFair(drawn(strategy, after), ["new"]);
    see(strategy, after[0], { ms: 9_000 });
    expectFair(drawn(strategy, after), ["b"]);
  });

  it("restores a snapshot, including failures, at other indexes and repeatedly", () => {
    const candidates = listed([{ id: "a" }, { id: "b" }, { id: "failing" }]);
    const strategy = latencyBased();
    see(strategy, candidates[0], { ms: 5_000 });
    see(strategy, candidates[1] as Candidate, { ms: 100 });
    strategy.observe?.(failed({ candidate: candidates[2] as Candidate, at: start, durationMs: 1 }));
    const passOn = (from: Strategy): Strategy => {
      const to = latencyBased();
      to.restore?.(JSON.parse(JSON.stringify(from.snapshot?.())));
      return to;
    };
    const twice = passOn(passOn(strategy));
    expect(twice.snapshot?.()).toEqual(strategy.snapshot?.());
    const turned = listed([{ id: "failing" }, { id: "b" }, { id: "a" }]);
    expectFair(drawn(twice, turned), ["b"]);
    // What was measured here is newer than the snapshot.
    const busy = latencyBased();
    see(busy, candidates[1] as Candidate, { ms: 90_000, at: start + 1 });
    busy.restore?.(strategy.snapshot?.());
    expectFair(drawn(busy, candidates), ["a"]);
  });

  it.each([
    [{ ttlMs: 0 }, "latencyBased.ttlMs: it must be a number above 0 (got 0)."],
    [{ ttlMs: Number.NaN }, "latencyBased.ttlMs"],
    [{ lowestLatencyBuffer: -1 }, "latencyBased.lowestLatencyBuffer: it must be a number, 0 or more (got -1)."],
    [
      { maxLatencyListSize: 0.5 },
      "latencyBased.maxLatencyListSize: it must be a whole number from 1 to 10000 (got 0.5).",
    ],
    [{ maxLatencyListSize: 1e9 }, "latencyBased.maxLatencyListSize"],
    [{ ttlsMs: 5 }, 'latencyBased.ttlsMs: unknown option. Did you mean "ttlMs"?'],
  ])("rejects the options %j", (options: object, message) => {
    expect(() => latencyBased(options)).toThrow(message);
  });
});

/** The part of a snapshot about deployment `a`. */
function samplesOf(strategy: Strategy, mode: "plain" | "stream"): readonly (readonly [at: number, value: number])[] {
  const snapshot = (strategy.snapshot?.() ?? {}) as Record<
    string,
    Record<string, readonly (readonly [number, number])[]>
  >;
  return snapshot["a"]?.[mode] ?? [];
}

/** Mean of the samples that count. */
function meanOf(strategy: Strategy, now: number, stream: boolean): number {
  const samples = samplesOf(strategy, stream ? "stream" : "plain").filter(([at]) => at > now - minuteMs);
  return samples.length === 0 ? 0 : samples.reduce((sum, [, value]) => sum + value, 0) / samples.length;
}

describe("latencyBased with other processes", () => {
  it("remembers at most ten thousand deployments that it does not have, since ids may change without end", () => {
    const strategy = latencyBased();
    for (let round = 0; round < 3; round += 1) {
      const news = Object.fromEntries(
        Array.from({ length: 5_000 }, (_, index) => [`${String(round)}-${String(index)}`, { plain: [[start, 0.02]] }]),
      );
      strategy.merge?.(news);
    }
    const known = Object.keys(strategy.snapshot?.() as object);
    expect(known).toHaveLength(10_000);
    expect(known).not.toContain("0-0");
    expect(known).toContain("2-0");
  });

  it("exchanges means of what was measured since the last exchange", () => {
    const candidates = listed([{ id: "a" }, { id: "b" }]);
    const [a, b] = [candidates[0], candidates[1] as Candidate];
    const here = latencyBased();
    const there = latencyBased();
    see(here, a, { ms: 100 });
    see(here, a, { ms: 300 });
    see(here, b, { ms: 900 });
    expect(here.delta?.()).toEqual({ a: { plain: [[start, 0.02]] }, b: { plain: [[start, 0.09]] } });
    expect(here.delta?.()).toBeUndefined();
    see(here, b, { ms: 10, at: start + 1 });
    const news = here.delta?.();
    expect(news).toEqual({ b: { plain: [[start + 1, 0.001]] } });
    // Received samples are not passed on. They count like measured ones, also before any were measured.
    there.merge?.({ a: { plain: [[start, 0.02]] } });
    see(there, b, { ms: 900 });
    expectFair(drawn(there, candidates, { seed: 3 }), ["a"]);
    for (let count = 0; count < 10; count += 1) there.merge?.(news);
    expectFair(drawn(there, candidates, { seed: 3 }), ["b"]);
    expect(there.delta?.()).toMatchObject({ b: { plain: [[start + 1, expect.any(Number)]] } });
    expect(there.delta?.()).toBeUndefined();
    there.merge?.(news);
    expect(there.delta?.()).toBeUndefined();
  });
});

/** Reports the calls of one deployment, as the router does. */
function caller(strategy: Strategy, candidate: Candidate, stream = true) {
  const begin = (callId: string, at: number, inputTokens = 10): void => {
    strategy.observe?.(started({ candidate, callId, at, stream, inputTokens }));
  };
  const answer = (callId: string, at: number, ms: number): void => {
    strategy.observe?.(
      stream
        ? firstToken({ candidate, callId, at, firstTokenMs: ms })
        : succeeded({ candidate, callId, at, durationMs: ms }),
    );
  };
  return { begin, answer };
}

describe("latencyBased with calls in flight", () => {
  it.each([true, false])("spreads a burst over all deployments of equal latency, stream: %s", (stream) => {
    const candidates = frozen(listed(all));
    const strategy = latencyBased();
    for (const candidate of candidates) {
      const { begin, answer } = caller(strategy, candidate, stream);
      begin("first", start);
      answer("first", start + 300, 300);
    }
    const counts: Record<string, number> = {};
    for (let call = 0; call < 60; call += 1) {
      const picked = strategy.pick(candidates, makeContext({ now: start + 1_000, seed: call, stream })) as Candidate;
      caller(strategy, picked, stream).begin(String(call), start + 1_000);
      counts[picked.deployment.id] = (counts[picked.deployment.id] ?? 0) + 1;
    }
    expect(Object.values(counts)).toEqual([20, 20, 20]);
  });

  it("records the first token of a stream once, when it arrives", () => {
    const candidates = listed([{ id: "a" }, { id: "b" }]);
    const strategy = latencyBased();
    for (const [index, candidate] of candidates.entries()) {
      const { begin, answer } = caller(strategy, candidate);
      begin("x", start);
      answer("x", start + 100 + 400 * index, 100 + 400 * index);
    }
    expectFair(drawn(strategy, candidates, { stream: true }), ["a"]);
    for (const candidate of candidates)
      strategy.observe?.(
        succeeded({ candidate, callId: "x", at: start + 900, durationMs: 900, firstTokenMs: 1, stream: true }),
      );
    expect(samplesOf(strategy, "stream")).toEqual([[start + 100, 0.1, 1, 0, 10]]);
  });

  it("gives the fastest deployment the largest share, but not all, if calls queue", () => {
    const candidates = listed([{ id: "fast" }, { id: "slow" }]);
    const strategy = latencyBased();
    // Each has a queue: one reads 10,000 tokens a second, the other a quarter of that.
    for (const [index, candidate] of candidates.entries()) {
      const { begin, answer } = caller(strategy, candidate);
      const perTokenMs = index === 0 ? 0.1 : 0.4;
      for (let round = 0; round < 20; round += 1) {
        const waiting = round % 5;
        for (let call = 0; call <= waiting; call += 1) begin(`${String(round)}.${String(call)}`, start, 1_000);
        for (let call = 0; call <= waiting; call += 1)
          answer(`${String(round)}.${String(call)}`, start, perTokenMs * 1_000 * (call + 1));
      }
    }
    const counts: Record<string, number> = {};
    for (let call = 0; call < 100; call += 1) {
      const context = makeContext({ now: start + 1, seed: call, stream: true, inputTokens: 1_000 });
      const picked = strategy.pick(candidates, context) as Candidate;
      caller(strategy, picked).begin(`burst ${String(call)}`, start + 1, 1_000);
      counts[picked.deployment.id] = (counts[picked.deployment.id] ?? 0) + 1;
    }
    expect(counts["fast"]).toBeGreaterThan(74);
    expect(counts["fast"]).toBeLessThan(86);
  });

  it.each([true, false])("avoids a deployment with two overdue calls until it answers, stream: %s", (stream) => {
    const candidates = frozen(listed([{ id: "fast" }, { id: "slow" }]));
    const strategy = latencyBased();
    const [fast, slow] = candidates.map((candidate) => caller(strategy, candidate, stream));
    fast?.begin("known", start);
    fast?.answer("known", start + 300, 300);
    slow?.begin("known", start);
    slow?.answer("known", start + 900, 900);
    fast?.begin("silent", start + 1_000);
    fast?.begin("silent too", start + 1_001);
    const at = (ms: number) => drawn(strategy, candidates, { now: start + 1_000 + ms, stream });
    expectFair(at(500), ["fast"]);
    expectFair(at(950), ["slow"]);
    expectFair(at(60_000), ["slow"]);
    fast?.answer("silent", start + 61_000, 300);
    expectFair(at(60_001), ["fast"]);
  });

  it("lets one call follow a single overdue one, which may be an exception, and counts on if it is answered", () => {
    const candidates = listed([{ id: "fast" }, { id: "slow" }]);
    const strategy = latencyBased();
    const [fast, slow] = candidates.map((candidate) => caller(strategy, candidate));
    for (const [one, ms] of [
      [fast, 400],
      [slow, 900],
    ] as const) {
      one?.begin("known", start);
      one?.answer("known", start + ms, ms);
    }
    const at = (ms: number) => drawn(strategy, candidates, { now: start + 1_000 + ms, stream: true });
    fast?.begin("silent", start + 1_000);
    expectFair(at(950), ["slow"]);
    expectFair(at(1_001), ["fast"]);
    fast?.begin("probe", start + 2_001);
    expectFair(at(1_500), ["slow"]);
    expectFair(at(30_000), ["slow"]);
    fast?.answer("probe", start + 31_000, 400);
    expectFair(at(30_001), ["fast"]);
  });

  it("hardly counts the wait of a call that a later one has overtaken", () => {
    const candidates = listed([{ id: "fast" }, { id: "slow" }]);
    const strategy = latencyBased();
    const [fast, slow] = candidates.map((candidate) => caller(strategy, candidate));
    for (let call = 0; call < 5; call += 1) {
      fast?.begin(`known ${String(call)}`, start);
      fast?.answer(`known ${String(call)}`, start + 300, 300);
    }
    slow?.begin("known", start);
    slow?.answer("known", start + 400, 400);
    fast?.begin("straggler", start);
    fast?.begin("later", start + 100);
    fast?.answer("later", start + 400, 300);
    // The mean of all would be 1.4 s.
    fast?.answer("straggler", start + 8_000, 8_000);
    expectFair(drawn(strategy, candidates, { now: start + 8_001, stream: true }), ["fast"]);
  });

  it("does not avoid a deployment for a slow call that later calls have overtaken", () => {
    const candidates = listed([{ id: "fast" }, { id: "slow" }]);
    const strategy = latencyBased();
    const [fast, slow] = candidates.map((candidate) => caller(strategy, candidate));
    slow?.begin("known", start);
    slow?.answer("known", start + 900, 900);
    fast?.begin("straggler", start);
    fast?.begin("later", start + 100);
    fast?.answer("later", start + 400, 300);
    expectFair(drawn(strategy, candidates, { now: start + 20_000, stream: true }), ["fast"]);
  });

  it("ignores the wait of a call that its caller aborted", () => {
    const candidates = listed([{ id: "fast" }, { id: "slow" }]);
    const strategy = latencyBased();
    const [fast, slow] = candidates.map((candidate) => caller(strategy, candidate));
    for (const [one, ms] of [
      [fast, 300],
      [slow, 900],
    ] as const) {
      one?.begin("known", start);
      one?.answer("known", start + ms, ms);
    }
    for (const callId of ["left", "left too"]) fast?.begin(callId, start + 1_000);
    expectFair(drawn(strategy, candidates, { now: start + 9_000, stream: true }), ["slow"]);
    for (const callId of ["left", "left too"])
      strategy.observe?.(
        aborted({ candidate: candidates[0], callId, at: start + 9_000, durationMs: 8_000, stream: true }),
      );
    expectFair(drawn(strategy, candidates, { now: start + 9_000, stream: true }), ["fast"]);
  });

  it("restores the effect of load from a snapshot", () => {
    const candidates = listed([{ id: "a" }]);
    const strategy = latencyBased({ maxLatencyListSize: 3 });
    const { begin, answer } = caller(strategy, candidates[0]);
    for (let call = 0; call < 30; call += 1) {
      begin(String(call), start + call, 100 + 10 * call);
      answer(String(call), start + call, 100 + (call % 7));
    }
    const copy = latencyBased({ maxLatencyListSize: 3 });
    copy.restore?.(JSON.parse(JSON.stringify(strategy.snapshot?.())));
    expect(copy.snapshot?.()).toEqual(strategy.snapshot?.());
    expect(copy.pick(candidates, makeContext({ now: start + 1_000, stream: true }))).toBe(candidates[0]);
    expect(copy.snapshot?.()).toEqual(strategy.snapshot?.());
  });

  it("weighs plain answers by their tokens, so that a short answer that waited has little weight", () => {
    const candidates = listed([{ id: "long" }, { id: "short" }]);
    const strategy = latencyBased();
    const observe = (candidate: Candidate, callId: string, durationMs: number, completion_tokens: number): void => {
      strategy.observe?.(started({ candidate, callId, at: start }));
      const usage = { prompt_tokens: 10, completion_tokens, total_tokens: completion_tokens + 10 };
      strategy.observe?.(succeeded({ candidate, callId, at: start, durationMs, usage }));
    };
    observe(candidates[0], "one", 20_400, 1_000);
    observe(candidates[0], "two", 420, 1);
    observe(candidates[1] as Candidate, "one", 25_000, 1_000);
    observe(candidates[1] as Candidate, "two", 25_000, 1_000);
    expectFair(drawn(strategy, candidates), ["long"]);
  });
});
