import type { EventOf, StrategyEvent } from "@modelyard/core";
import { aborted, failed, firstToken, makeCandidate, started, succeeded } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { PendingCalls } from "./pending-calls.js";

const candidate = makeCandidate({ id: "a" });

/** Streams with the ids `a`, `b`, ..., one per second from 1,000 ms on, with 100 prompt tokens each. */
function streams(ids: string): PendingCalls {
  const pending = new PendingCalls();
  for (const [index, callId] of ids.split("").entries())
    pending.start(start({ callId, at: 1_000 * (index + 1), stream: true }));
  return pending;
}

const start = (facts: Omit<Parameters<typeof started>[0], "candidate">) =>
  started({ inputTokens: 100, ...facts, candidate }) as EventOf<"attempt_started">;
const answered = (callId: string): StrategyEvent => firstToken({ candidate, callId, at: 9_000, firstTokenMs: 1 });
const over = (callId: string): StrategyEvent => failed({ candidate, callId, at: 9_000, durationMs: 1, stream: true });
const oldestAt = (pending: PendingCalls): number | undefined => pending.oldest("stream")?.startedAt;

describe("PendingCalls", () => {
  it("returns the call that has waited longest", () => {
    const pending = streams("abc");
    expect(oldestAt(pending)).toBe(1_000);
    pending.end(over("a"));
    expect(oldestAt(pending)).toBe(2_000);
    pending.end(over("b"));
    pending.end(over("c"));
    expect(oldestAt(pending)).toBeUndefined();
  });

  it("drops calls that a later call has overtaken, and only those", () => {
    const pending = streams("abcd");
    pending.answer(answered("b"));
    expect(oldestAt(pending)).toBe(3_000);
    // This call was overtaken itself, so its late answer says nothing about the others.
    pending.answer(answered("a"));
    expect(oldestAt(pending)).toBe(3_000);
    pending.answer(answered("d"));
    expect(oldestAt(pending)).toBeUndefined();
    pending.start(start({ callId: "e", at: 5_000, stream: true }));
    pending.end(over("c"));
    expect(oldestAt(pending)).toBe(5_000);
  });

  it("removes a call from the middle of the queue", () => {
    const pending = streams("abc");
    pending.end(aborted({ candidate, callId: "b", at: 9_000, durationMs: 1, stream: true }));
    pending.end(over("a"));
    expect(oldestAt(pending)).toBe(3_000);
    pending.start(start({ callId: "d", at: 4_000, stream: true }));
    pending.end(over("c"));
    expect(oldestAt(pending)).toBe(4_000);
  });

  it("measures load in waiting prompt tokens for streams, and in calls for plain answers", () => {
    const pending = streams("ab");
    expect(pending.load("stream")).toBe(200);
    pending.answer(answered("a"));
    expect(pending.load("stream")).toBe(100);
    expect(pending.load("plain")).toBe(2);
    pending.end(succeeded({ candidate, callId: "a", at: 9_000, durationMs: 1, stream: true }));
    pending.end(over("b"));
    expect([pending.load("stream"), pending.load("plain")]).toEqual([0, 0]);
  });

  it("returns the load that a call met when it began", () => {
    const pending = streams("ab");
    pending.start(start({ callId: "c", at: 3_000, stream: true }));
    expect(pending.answer(answered("c"))).toMatchObject({ load: 200, promptTokens: 100, startedAt: 3_000 });
    expect(pending.answer(answered("c"))).toBeUndefined();
    expect(pending.answer(answered("unknown"))).toBeUndefined();
    expect(pending.end(over("unknown"))).toBeUndefined();
  });

  it("keeps modes apart, and removes a call once", () => {
    const pending = new PendingCalls();
    pending.start(start({ callId: "a", at: 1 }));
    pending.start(start({ callId: "a", at: 2 }));
    pending.start(start({ callId: "b", at: 3, operation: "embeddings" }));
    expect(pending.load("plain")).toBe(2);
    expect(pending.load("call")).toBe(100);
    expect(pending.oldest("plain")?.startedAt).toBe(2);
    expect(pending.oldest("call")?.startedAt).toBe(3);
    expect(pending.oldest("stream")).toBeUndefined();
  });

  it("does not keep calls in memory that followed a long stream", () => {
    const pending = streams("ab");
    const long = pending.answer(answered("a"));
    pending.end(over("b"));
    expect(long?.next).toBeUndefined();
  });
});
