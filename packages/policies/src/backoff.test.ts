import { describe, expect, it } from "vitest";
import { backoffMs, longestRetryAfterMs } from "./backoff.js";

const waits = (leastMs: number, retryAfterMs?: number): readonly number[] =>
  [0, 1, 2, 3, 4, 5].map((retries) => backoffMs({ retries, leastMs, retryAfterMs, chance: 0 }));

describe("backoffMs", () => {
  it.each([
    [0, undefined, [500, 1_000, 2_000, 4_000, 8_000, 8_000]],
    [5_000, undefined, [5_000, 5_000, 5_000, 5_000, 8_000, 8_000]],
    [20_000, undefined, [8_000, 8_000, 8_000, 8_000, 8_000, 8_000]],
    [5_000, 2_000, [2_000, 2_000, 2_000, 2_000, 2_000, 2_000]],
    [0, 61_000, [500, 1_000, 2_000, 4_000, 8_000, 8_000]],
    [0, 0, [500, 1_000, 2_000, 4_000, 8_000, 8_000]],
    [0, -3_000, [500, 1_000, 2_000, 4_000, 8_000, 8_000]],
    [0, 1_500, [1_500, 1_500, 1_500, 1_500, 1_500, 1_500]],
    [0, 60_000, [60_000, 60_000, 60_000, 60_000, 60_000, 60_000]],
  ])("waits as LiteLLM does: retry_after %i ms, the vendor says %s", (least, hint, expected) => {
    expect(waits(least, hint)).toEqual(expected);
  });

  it("adds less than 750 ms by chance, and never goes back", () => {
    for (const leastMs of [0, 700, 5_000, 100_000]) {
      for (const retryAfterMs of [undefined, -1, 0, 0.5, 59_999, 60_000, 60_001]) {
        for (let retries = 0; retries < 100; retries += 1) {
          const input = { retries, leastMs, retryAfterMs };
          const least = backoffMs({ ...input, chance: 0 });
          expect(backoffMs({ ...input, chance: 0.999_999 }) - least).toBeLessThan(750);
          expect(backoffMs({ ...input, chance: 0.5 }) - least).toBe(375);
          expect(backoffMs({ ...input, retries: retries + 1, chance: 0 })).toBeGreaterThanOrEqual(least);
          expect(least).toBeLessThanOrEqual(longestRetryAfterMs);
        }
      }
    }
  });
});
