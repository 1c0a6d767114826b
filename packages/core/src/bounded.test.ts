import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  boundedCount,
  boundedInstant,
  boundedPrice,
  boundedTtl,
  boundedWait,
  largestCount,
  largestPrice,
  longestTtlMs,
  longestWaitMs,
  showInstant,
} from "./bounded.js";

const now = Date.UTC(2026, 10, 30);
const absurd = [1e21, 1e300, Number.MAX_VALUE, Number.POSITIVE_INFINITY];
const notNumbers = [Number.NaN, -1, Number.NEGATIVE_INFINITY, "5", null, undefined, {}, [3], true, 5n];

describe("numbers from outside", () => {
  it.each(absurd)("cuts a wait of %d ms to one day", (ms) => {
    expect(boundedWait(ms)).toBe(longestWaitMs);
  });

  it.each(absurd)("cuts a time to live of %d ms to one year", (ms) => {
    expect(boundedTtl(ms)).toBe(longestTtlMs);
  });

  it("stores nothing for no time at all", () => {
    expect([boundedTtl(0), boundedTtl(0.5)]).toEqual([undefined, 0.5]);
  });

  it.each(absurd)("cuts the instant %d to one day from now", (at) => {
    expect(boundedInstant(at, now)).toBe(now + longestWaitMs);
  });

  it.each(absurd)("treats a count or a price of %d as unknown", (value) => {
    expect(boundedCount(value)).toBeUndefined();
    expect(boundedPrice(value)).toBeUndefined();
  });

  it.each(notNumbers)("reads %s as unknown, whatever type is expected", (value) => {
    expect(boundedWait(value)).toBeUndefined();
    expect(boundedTtl(value)).toBeUndefined();
    expect(boundedInstant(value, now)).toBeUndefined();
    expect(boundedCount(value)).toBeUndefined();
    expect(boundedPrice(value)).toBeUndefined();
  });

  it("keeps plausible values", () => {
    expect(boundedWait(1_500.5)).toBe(1_500.5);
    expect(boundedInstant(now + 60_000, now)).toBe(now + 60_000);
    expect(boundedCount(largestCount)).toBe(largestCount);
    expect(boundedPrice(largestPrice)).toBe(largestPrice);
    expect(boundedPrice(0)).toBe(0);
  });

  it("makes only instants that a date can represent", () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (at, clock) => {
        expect(() => showInstant(at)).not.toThrow();
        const bounded = boundedInstant(at, clock);
        expect(showInstant(bounded ?? 0)).not.toBe("");
      }),
    );
  });

  it("shows an instant as ISO 8601", () => {
    expect(showInstant(now)).toBe("2026-11-30T00:00:00.000Z");
    expect(showInstant(1e23)).toBe("1e+23 ms since 1970");
  });
});
