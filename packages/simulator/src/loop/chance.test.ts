import { describe, expect, it } from "vitest";
import { exponential, FixedChance, gamma, normal, randomFor } from "./chance.js";

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const draws = (count: number, draw: (index: number) => number): readonly number[] =>
  Array.from({ length: count }, (_, index) => draw(index));

describe("randomFor", () => {
  it("gives each concern and each seed a stream of its own, which repeats", () => {
    const first = (seed: number, concern: string): number => randomFor(seed, concern).next();
    expect(first(1, "arrivals")).toBe(first(1, "arrivals"));
    expect(new Set([first(1, "arrivals"), first(1, "lengths"), first(2, "arrivals"), first(2, "lengths")]).size).toBe(
      4,
    );
  });
});

describe("FixedChance", () => {
  it("is uniform over requests and attempts, and does not depend on what was drawn before", () => {
    const chance = new FixedChance(1, "fault");
    const values = draws(20_000, (index) => chance.of(index >> 1, index & 1));
    expect(mean(values)).toBeCloseTo(0.5, 2);
    expect(values.filter((value) => value < 0.1).length / values.length).toBeCloseTo(0.1, 2);
    expect(new FixedChance(1, "fault").of(7, 1)).toBe(values[15]);
  });
});

describe("the distributions", () => {
  it("have the means that they were given", () => {
    const random = randomFor(1, "test");
    expect(mean(draws(50_000, () => exponential(random.next(), 8))) / 8).toBeCloseTo(1, 1);
    expect(mean(draws(50_000, () => normal(random)))).toBeCloseTo(0, 1);
    for (const shape of [0.25, 0.5, 1, 4])
      expect(mean(draws(50_000, () => gamma(random, shape, 3))) / 3).toBeCloseTo(1, 1);
  });
});
