import { describe, expect, it } from "vitest";
import { backoffMs, retryJitterMs } from "./backoff.js";

const waits = (leastMs: number, retryAfterMs?: number): readonly number[] =>
  [0, 1, 2, 3, 4, 5].map((retries) => backoffMs({ retries, leastMs, retryAfterMs }));

describe("backoffMs", () => {
  it.each([
    [0, undefined, [500, 1_000, 2_000, 4_000, 8_000, 8_000]],
    [5_000, undefined, [5_000, 5_000, 5_000, 5_000, 8_000, 8_000]],
    [20_000, undefined, [8_000, 8_000, 8_000, 8_000, 8_000, 8_000]],
    [5_000, 2_000, [2_000, 2_000, 2_000, 2_000, 2_000, 2_000]],
    [0, 61_000, [61_000, 61_000, 61_000, 61_000, 61_000, 61_000]],
    [0, 0, [500, 1_000, 2_000, 4_000, 8_000, 8_000]],
    [0, -3_000, [500, 1_000, 2_000, 4_000, 8_000, 8_000]],
    [0, 1_500, [1_500, 1_500, 1_500, 1_500, 1_500, 1_500]],
  ])(
    "waits as LiteLLM does, or as long as the vendor asks for: retry_after %i ms, vendor %s",
    (least, hint, expected) => {
      expect(waits(least, hint)).toEqual(expected);
    },
  );

  it("never decreases with more retries", () => {
    for (const leastMs of [0, 700, 5_000, 100_000]) {
      for (let retries = 0; retries < 100; retries += 1) {
        const input = { leastMs, retryAfterMs: undefined };
        const wait = backoffMs({ ...input, retries });
        expect(backoffMs({ ...input, retries: retries + 1 })).toBeGreaterThanOrEqual(wait);
        expect(wait).toBeLessThanOrEqual(8_000);
      }
    }
  });
});

describe("retryJitterMs", () => {
  it("adds less than 750 ms", () => {
    expect([0, 0.5].map(retryJitterMs)).toEqual([0, 375]);
    expect(retryJitterMs(0.999_999)).toBeLessThan(750);
  });
});
