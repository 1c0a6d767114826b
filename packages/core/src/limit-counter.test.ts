import { describe, expect, it } from "vitest";
import { createLimitCounter } from "./kit/index.js";

const now = Date.UTC(2026, 0, 1);

describe("createLimitCounter", () => {
  it("counts a window exactly, and starts again from 0 in the next one", () => {
    const counter = createLimitCounter({ name: "rpm", kind: "window", limit: 2, windowMs: 60_000 });
    expect([
      counter.wait(1, now),
      counter.take(2, now) >= 0,
      counter.wait(1, now + 10_000),
      counter.wait(3, now),
    ]).toEqual([0, true, 50_000, Number.POSITIVE_INFINITY]);
    expect(counter.wait(2, now + 60_000)).toBe(0);
  });

  it("does not return to an earlier window when the clock goes back", () => {
    const counter = createLimitCounter({ name: "rpm", kind: "window", limit: 1, windowMs: 60_000 });
    counter.take(1, now + 60_000);
    expect(counter.wait(1, now)).toBeGreaterThan(0);
  });

  it("admits a bucket's burst at once, and the rest evenly", () => {
    const counter = createLimitCounter({ name: "rpm", kind: "bucket", limit: 60, windowMs: 60_000, burst: 3 });
    for (let count = 0; count < 3; count += 1) {
      expect(counter.wait(1, now)).toBe(0);
      counter.take(1, now);
    }
    expect(counter.wait(1, now)).toBeCloseTo(1_000);
    expect(counter.wait(1, now + 1_000)).toBe(0);
  });

  it("returns nothing to a bucket that has already drained", () => {
    const counter = createLimitCounter({ name: "tpm", kind: "bucket", limit: 60, windowMs: 60_000, burst: 10 });
    const stamp = counter.take(10, now);
    const late = counter.take(10, now + 10_000);
    counter.settle(10, 0, stamp, now + 10_000);
    expect(counter.used(now + 10_000)).toBeCloseTo(10);
    counter.settle(10, 4, late, now + 10_000);
    expect(counter.used(now + 10_000)).toBeCloseTo(4);
  });

  it("returns to a bucket what had not drained yet", () => {
    const counter = createLimitCounter({ name: "tpm", kind: "bucket", limit: 60, windowMs: 60_000, burst: 10 });
    counter.settle(5, 5, counter.take(5, now), now);
    const stamp = counter.take(5, now);
    counter.settle(5, 0, stamp, now + 3_000);
    expect(counter.used(now + 3_000)).toBeCloseTo(2);
  });
});
