import type { Candidate, NonEmpty, Strategy } from "@modelyard/core";
import { aborted, failed, firstToken, started } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { drawn, frozen, listed, start } from "../test/support/draws.js";
import { avoidOverdue } from "./avoid-overdue.js";
import { leastBusy } from "./least-busy.js";
import { pickLowest } from "./pick-lowest.js";
import { usageBased } from "./usage-based.js";

const three = [
  { id: "a", weight: 8, rpm: 80 },
  { id: "b", weight: 1, rpm: 10, inFlight: 3 },
  { id: "c", weight: 1, rpm: 10, inFlight: 3 },
];
const candidates = frozen(listed(three));
const [a, b, c] = candidates as unknown as [Candidate, Candidate, Candidate];

const picked = (strategy: Strategy, ms: number, from: NonEmpty<Candidate> = candidates) =>
  Object.keys(drawn(strategy, from, { now: start + ms, seed: 3 }, 200)).toSorted();
const begin = (strategy: Strategy, candidate: Candidate, ms: number, callId: string): void => {
  strategy.observe?.(started({ candidate, callId, at: start + ms, stream: true }));
};
const answer = (strategy: Strategy, candidate: Candidate, ms: number, callId: string, firstTokenMs: number): void => {
  strategy.observe?.(firstToken({ candidate, callId, at: start + ms, firstTokenMs }));
};

/** A deployment that usually answers after half a second, and whose next call began at second 1. */
function waiting(strategy: Strategy): Strategy {
  begin(strategy, a, 0, "known");
  answer(strategy, a, 500, "known", 500);
  begin(strategy, a, 1_000, "silent");
  return strategy;
}

describe.each([
  ["least-busy", leastBusy, ["a"]],
  ["usage-based-routing", usageBased, ["a"]],
] as const)("overdue calls under %s", (_, create, usual) => {
  it("avoids a deployment whose oldest call has waited four times longer than usual", () => {
    const strategy = waiting(create());
    begin(strategy, a, 1_500, "behind it");
    expect(picked(strategy, 2_999)).toEqual(usual);
    expect(picked(strategy, 3_000)).toEqual(["b", "c"]);
    expect(picked(strategy, 30_000)).toEqual(["b", "c"]);
    answer(strategy, a, 30_000, "behind it", 28_500);
    expect(picked(strategy, 30_000)).toEqual(usual);
  });

  it("picks as usual if all candidates are overdue", () => {
    const strategy = create();
    for (const candidate of candidates) {
      begin(strategy, candidate, 0, `one at ${candidate.deployment.id}`);
      begin(strategy, candidate, 0, `two at ${candidate.deployment.id}`);
    }
    expect(picked(strategy, 20_000)).toEqual(usual);
    // A retry that may not go everywhere must not get a candidate that is not in its list.
    expect(picked(strategy, 20_000, listed(three.slice(1), three.slice(1)))).toEqual(["b", "c"]);
  });
});

describe("avoidOverdue", () => {
  /** Prefers `a`, then `b`, then `c`. */
  const create = () =>
    avoidOverdue({ name: "first", pick: (all, context) => pickLowest(all, context, (one) => one.index) });

  it("lets another call follow a single overdue one, and none if that waits as well", () => {
    const strategy = waiting(create());
    expect(picked(strategy, 3_999)).toEqual(["b"]);
    expect(picked(strategy, 4_000)).toEqual(["a"]);
    begin(strategy, a, 4_000, "follows");
    expect(picked(strategy, 4_000)).toEqual(["b"]);
    answer(strategy, a, 4_400, "follows", 400);
    expect(picked(strategy, 60_000)).toEqual(["a"]);
  });

  it("tests a deployment that was late with one call at a time, and after a second late answer waits as long as that took", () => {
    const strategy = waiting(create());
    answer(strategy, a, 5_000, "silent", 4_000);
    expect(picked(strategy, 5_000)).toEqual(["a"]);
    begin(strategy, a, 5_000, "test");
    expect(picked(strategy, 5_000)).toEqual(["b"]);
    answer(strategy, a, 10_000, "test", 5_000);
    expect(picked(strategy, 14_999)).toEqual(["b"]);
    expect(picked(strategy, 15_000)).toEqual(["a"]);
    begin(strategy, a, 15_000, "in time");
    answer(strategy, a, 15_500, "in time", 500);
    begin(strategy, a, 16_000, "next");
    expect(picked(strategy, 16_000)).toEqual(["a"]);
  });

  it("gets used to a deployment that has become slow for good", () => {
    const strategy = waiting(create());
    strategy.observe?.(aborted({ candidate: a, callId: "silent", at: start + 1_000, durationMs: 0, stream: true }));
    let ms = 10_000;
    let calls = 0;
    // One call after another takes ten times as long as before, until one of them no longer counts as late.
    do {
      expect((calls += 1)).toBeLessThan(25);
      begin(strategy, a, ms, `slow ${String(calls)}`);
      answer(strategy, a, (ms += 5_000), `slow ${String(calls)}`, 5_000);
    } while (picked(strategy, ms)[0] !== "a" || calls < 2);
  });

  it("waits longer for a long prompt, and for one that waits behind it", () => {
    const strategy = create();
    const beginLong = (candidate: Candidate, ms: number, inputTokens: number, callId: string): void => {
      strategy.observe?.(started({ candidate, callId, at: start + ms, stream: true, inputTokens }));
    };
    beginLong(a, 0, 1_000, "known");
    answer(strategy, a, 500, "known", 500);
    beginLong(a, 1_000, 8_000, "long");
    beginLong(a, 1_000, 1_000, "behind it");
    expect(picked(strategy, 5_499)).toEqual(["a"]);
    expect(picked(strategy, 5_500)).toEqual(["b"]);
    answer(strategy, a, 5_400, "long", 4_400);
    expect(picked(strategy, 5_900)).toEqual(["a"]);
  });

  it("follows changes of who answers, with the same list of candidates", () => {
    const strategy = create();
    const silence = (candidate: Candidate, ms: number): void => {
      begin(strategy, candidate, ms, `one at ${candidate.deployment.id}`);
      begin(strategy, candidate, ms, `two at ${candidate.deployment.id}`);
    };
    silence(a, 0);
    expect(picked(strategy, 10_000)).toEqual(["b"]);
    silence(b, 0);
    expect(picked(strategy, 10_000)).toEqual(["c"]);
    answer(strategy, a, 10_000, "two at a", 10_000);
    expect(picked(strategy, 10_000)).toEqual(["a"]);
    silence(c, 10_000);
    expect(picked(strategy, 20_000)).toEqual(["a"]);
  });

  it("avoids a deployment after a timeout, unless the clock was set back since", () => {
    const strategy = create();
    begin(strategy, a, 100_000, "silent");
    const end = { candidate: a, callId: "silent", at: start + 150_000, durationMs: 50_000, stream: true };
    strategy.observe?.(failed({ ...end, kind: "timeout" }));
    expect(picked(strategy, 150_000)).toEqual(["b"]);
    expect(picked(strategy, 100_000)).toEqual(["a"]);
  });

  it("keeps what else the strategy does", () => {
    expect(usageBased().name).toBe("usage-based-routing");
    expect(Array.from(usageBased().spreads?.(candidates) ?? [])).toEqual([80, 10, 10]);
  });
});
