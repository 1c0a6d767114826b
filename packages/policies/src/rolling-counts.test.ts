import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RetryBudget, RollingCounts } from "./rolling-counts.js";

const windowMs = 60_000;
const steps = 12;
const stepMs = windowMs / steps;

describe("RollingCounts", () => {
  it("sums the current step and the eleven before it", () => {
    const events = fc.array(fc.record({ afterMs: fc.nat(40_000), first: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(events, fc.nat(1_700_000_000_000), (list, start) => {
        const counts = new RollingCounts(windowMs, steps);
        const seen: { readonly step: number; readonly first: boolean }[] = [];
        let now = start;
        for (const { afterMs, first } of list) {
          now += afterMs;
          if (first) counts.addFirst(now);
          else counts.addSecond(now);
          const step = Math.floor(now / stepMs);
          seen.push({ step, first });
          const recent = seen.filter((event) => event.step > step - steps);
          const firsts = recent.filter((event) => event.first).length;
          expect(counts.sums(now)).toEqual([firsts, recent.length - firsts]);
        }
      }),
    );
  });

  it("continues in the later step if the clock goes back by one step", () => {
    const counts = new RollingCounts(windowMs, steps);
    counts.addFirst(100_000);
    counts.addFirst(100_000 - stepMs);
    expect(counts.sums(100_000)).toEqual([2, 0]);
  });

  it("drops all counts if the clock goes back further", () => {
    const counts = new RollingCounts(windowMs, steps);
    counts.addFirst(100_000);
    counts.addFirst(10_000);
    expect(counts.sums(10_000)).toEqual([1, 0]);
    expect(counts.sums(10_000 + windowMs)).toEqual([0, 0]);
  });

  it("starts from 0 after clear", () => {
    const counts = new RollingCounts(windowMs, steps);
    counts.addFirst(0);
    counts.addSecond(7_000);
    counts.clear();
    expect(counts.sums(8_000)).toEqual([0, 0]);
  });
});

describe("RetryBudget", () => {
  it("allows a fraction of the requests plus a minimum within ten seconds", () => {
    const budget = new RetryBudget({ share: 0.5, floorPerSecond: 1 });
    for (let count = 0; count < 20; count += 1) budget.request(windowMs);
    const taken = Array.from({ length: 50 }, () => budget.take(windowMs)).filter(Boolean).length;
    expect(taken).toBe(20);
    expect(budget.take(windowMs + 10_000)).toBe(true);
  });
});
