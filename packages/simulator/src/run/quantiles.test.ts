import { expect, it } from "vitest";
import { distribution, jain, quantile } from "./quantiles.js";

it("quantiles are values that occurred: the smallest that enough others do not exceed", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0, 0.5, 0.95, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([1, 50, 95, 99, 100]);
  expect(quantile([7], 0.99)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
  expect(distribution([3, 1, 2])).toMatchObject({ count: 3, mean: 2, p50: 2, p95: 3, p99: 3, max: 3 });
  const { percentiles } = distribution(Array.from({ length: 200 }, (_, index) => index + 1));
  expect([percentiles.length, percentiles[0], percentiles[50], percentiles[100]]).toEqual([101, 1, 100, 200]);
  expect(distribution([]).percentiles).toEqual([]);
});

it("Jain's index is 1 for equal values, and falls to 1/n", () => {
  expect(jain([1, 1, 1, 1])).toBe(1);
  expect(jain([1, 0, 0, 0])).toBe(0.25);
  expect(jain([4, 4, 4, 1])).toBeCloseTo(0.862, 3);
});
