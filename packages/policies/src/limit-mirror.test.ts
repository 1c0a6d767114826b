import { describe, expect, it } from "vitest";
import { LimitMirror } from "./limit-mirror.js";

const tokens = (limit: number, remaining: number, resetMs: number) => ({
  requests: undefined,
  tokens: { limit, remaining, resetMs },
});

describe("the mirror of a vendor's limits", () => {
  it("admits everything before the first report, and what is left after it", () => {
    const mirror = new LimitMirror();
    expect(mirror.waitMs(0, 1e6)).toBe(0);
    mirror.report(0, tokens(60_000, 1_000, 59_000), undefined);
    expect(mirror.waitMs(0, 1_000)).toBe(0);
    expect(mirror.waitMs(0, 2_000)).toBe(1_000);
    expect(mirror.waitMs(1_000, 2_000)).toBe(0);
  });

  it("charges calls when they are sent, and gives back those that were not", () => {
    const mirror = new LimitMirror();
    mirror.report(0, tokens(60_000, 5_000, 55_000), undefined);
    const call = mirror.take(0, 4_000);
    expect(mirror.waitMs(0, 2_000)).toBe(1_000);
    mirror.giveBack(0, call);
    expect(mirror.waitMs(0, 2_000)).toBe(0);
  });

  it("learns the rate of a bucket that is smaller than a minute's worth", () => {
    const mirror = new LimitMirror();
    mirror.report(0, tokens(20_000, 10_000, 3_000), undefined);
    expect(mirror.waitMs(0, 11_000)).toBeCloseTo(300);
  });

  it("learns that a quota comes back at the end of a window", () => {
    const mirror = new LimitMirror();
    for (const [at, left] of [
      [10_000, 200_000],
      [20_000, 120_000],
      [30_000, 60_000],
      [40_000, 1_000],
    ] as const)
      mirror.report(at, tokens(260_000, left, 60_000 - at), undefined);
    expect(mirror.waitMs(41_000, 2_000)).toBe(19_000);
    expect(mirror.waitMs(60_000, 2_000)).toBe(0);
    mirror.take(60_000, 259_000);
    // The last report counts for a minute.
    expect(mirror.waitMs(61_000, 2_000)).toBe(39_000);
  });

  it("does not count twice what a late report does not know yet", () => {
    const mirror = new LimitMirror();
    mirror.report(0, tokens(60_000, 10_000, 50_000), undefined);
    const first = mirror.take(0, 4_000);
    mirror.take(100, 4_000);
    // The vendor counted when the first call arrived.
    mirror.report(1_000, tokens(60_000, 6_000, 54_000), first);
    expect(mirror.waitMs(1_000, 3_000)).toBe(0);
    expect(mirror.waitMs(1_000, 3_500)).toBeGreaterThan(0);
  });

  it("falls at once to what others left, and rises slowly to what was not charged", () => {
    const mirror = new LimitMirror();
    mirror.report(0, tokens(60_000, 50_000, 10_000), undefined);
    mirror.report(1_000, tokens(60_000, 0, 60_000), undefined);
    expect(mirror.waitMs(1_000, 1_000)).toBe(1_000);
    mirror.report(1_000, tokens(60_000, 50_000, 10_000), undefined);
    expect(mirror.waitMs(1_000, 2_500)).toBe(0);
    expect(mirror.waitMs(1_000, 3_000)).toBeGreaterThan(0);
  });

  it("waits as long as a refusal says, for calls of that size", () => {
    const mirror = new LimitMirror();
    mirror.report(0, tokens(60_000, 50_000, 10_000), undefined);
    mirror.refused(0, 8_000, 2_000);
    expect(mirror.waitMs(0, 8_000)).toBe(2_000);
    expect(mirror.waitMs(0, 6_000)).toBe(0);
  });

  it("counts requests, too, and ignores numbers that mean nothing", () => {
    const mirror = new LimitMirror();
    mirror.report(0, { requests: { limit: 60, remaining: 0, resetMs: 60_000 }, tokens: undefined }, undefined);
    expect(mirror.waitMs(0, 1)).toBe(1_000);
    const other = new LimitMirror();
    for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300])
      other.report(0, tokens(value, value, value), undefined);
    expect(other.waitMs(0, 1e6)).toBe(0);
  });

  it("believes a report for a minute at most, whatever it says", () => {
    const mirror = new LimitMirror();
    mirror.report(0, { requests: { limit: 200, remaining: 0, resetMs: 86_400_000 }, tokens: undefined }, undefined);
    expect(mirror.waitMs(0, 1)).toBe(60_000);
    expect(mirror.waitMs(60_000, 1)).toBe(0);
  });
});
