import { describe, expect, it } from "vitest";
import { agentSessions } from "../workload/workloads.js";
import { costFrontier, fairShares, pooledLimit, sharedCache } from "./shared-resources.js";

describe("pooledLimit", () => {
  const at = (
    ...requests: readonly (readonly [number, number])[]
  ): readonly { readonly atMs: number; readonly inputTokens: number; readonly outputTokens: number }[] =>
    requests.map(([atMs, inputTokens]) => ({ atMs, inputTokens, outputTokens: 1 }));

  it("refuses the largest requests, with hindsight", () => {
    // The bucket holds 100: without the one of 90, all of the others fit.
    const workload = at([0, 90], [1, 40], [2, 30], [3, 20]);
    expect(pooledLimit({ workload, perMinute: 60, burst: 100 })).toBe(0.75);
  });

  it("refuses nothing that flows back in time", () => {
    expect(pooledLimit({ workload: at([0, 100], [100_000, 100]), perMinute: 60, burst: 100 })).toBe(1);
    expect(pooledLimit({ workload: at([0, 100], [50_000, 100]), perMinute: 60, burst: 100 })).toBe(0.5);
  });
});

it("sharedCache finds almost everything that agents repeat", () => {
  const workload = agentSessions({ sessions: 100, perSecond: 0.5 });
  expect(sharedCache(workload, { idleMs: 300_000 })).toBeGreaterThan(0.9);
  expect(sharedCache(workload, { idleMs: 0 })).toBeLessThan(0.01);
});

it("fairShares divides what some leave among the others", () => {
  expect(fairShares([200, 10, 10, 10, 10], 100)).toEqual([60, 10, 10, 10, 10]);
  expect(fairShares([50, 10, 80], 90)).toEqual([40, 10, 40]);
  expect(fairShares([1, 2], 90)).toEqual([1, 2]);
});

it("costFrontier has a corner for each trade-off that is worth it, from the cheapest to the fastest", () => {
  const cheap = { cost: 1, time: 10 };
  const middle = { cost: 2, time: 4 };
  const fast = { cost: 9, time: 3 };
  const useless = { cost: 6, time: 4 };
  expect(costFrontier([[fast, useless, middle, cheap]])).toEqual([cheap, middle, fast]);
  expect(
    costFrontier([
      [cheap, middle],
      [cheap, fast],
    ]),
  ).toEqual([
    { cost: 2, time: 20 },
    { cost: 3, time: 14 },
    { cost: 11, time: 7 },
  ]);
});
