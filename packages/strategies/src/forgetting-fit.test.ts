import { describe, expect, it } from "vitest";
import { ForgettingFit, type Line } from "./forgetting-fit.js";

const assumed = { intercept: 150, slope: 250 };

function lineOf(fit: ForgettingFit, from: Readonly<Line> = assumed): Line {
  const line = { intercept: 0, slope: 0 };
  fit.fit(line, from, 2);
  return line;
}

/** A fit through samples of a line. */
function learned(samples: number, { intercept, slope }: Readonly<Line>, fit = new ForgettingFit()): ForgettingFit {
  for (let index = 0; index < samples; index += 1) {
    const x = 0.1 + (7.9 * ((index * 7) % 20)) / 19;
    fit.add(x, intercept + slope * x);
  }
  return fit;
}

/** The largest error between 0.5 and 8, as a part of the true value. */
function errorOf(line: Line, truth: Readonly<Line>): number {
  const errors = [0.5, 2, 8].map((x) =>
    Math.abs((line.intercept + line.slope * x) / (truth.intercept + truth.slope * x) - 1),
  );
  return Math.max(...errors);
}

describe("a line that forgets", () => {
  it("is the assumed one as long as nothing was measured", () => {
    expect(lineOf(new ForgettingFit())).toEqual(assumed);
  });

  it.each([5, 0.2])("finds the true line, also if the assumed one is wrong by a factor of %d", (factor) => {
    const wrong = { intercept: assumed.intercept * factor, slope: assumed.slope * factor };
    expect(errorOf(lineOf(learned(10, assumed), wrong), assumed)).toBeLessThan(0.3);
    expect(errorOf(lineOf(learned(200, assumed), wrong), assumed)).toBeLessThan(0.12);
  });

  it("follows a change, and at once if the earlier samples are forgotten", () => {
    const slow = { intercept: 1_500, slope: 2_500 };
    const follows = learned(10, slow, learned(200, assumed));
    expect(errorOf(lineOf(follows), slow)).toBeGreaterThan(0.3);
    const before = learned(200, assumed);
    before.forget(0.1);
    expect(errorOf(lineOf(learned(10, slow, before)), slow)).toBeLessThan(0.3);
  });

  it("stays near the assumed slope while all samples have the same x, however many there are", () => {
    const fit = new ForgettingFit();
    for (let index = 0; index < 10_000; index += 1) fit.add(2, 650);
    const { intercept, slope } = lineOf(fit);
    expect(slope).toBeCloseTo(assumed.slope, 5);
    expect(intercept + 2 * slope).toBeCloseTo(650, 0);
  });

  it("never has an intercept below 0, nor a slope of 0", () => {
    const fit = new ForgettingFit();
    for (const x of [1, 2, 3, 4]) fit.add(x, 1_000 / x);
    expect(lineOf(fit).slope).toBe(0.02 * assumed.slope);
    const steep = new ForgettingFit();
    for (const x of [1, 2, 3, 4]) steep.add(x, 1_000 * (x - 1));
    expect(lineOf(steep).intercept).toBe(0);
  });

  it("learns the same from the sums of another process as from its samples", () => {
    const one = learned(20, assumed);
    const other = new ForgettingFit();
    other.merge(one.sums());
    expect(lineOf(other)).toEqual(lineOf(one));
  });

  it.each([
    undefined,
    null,
    [],
    { count: 1 },
    { count: 1, x: 1, y: -1, xx: 1, xy: 1 },
    { count: Number.NaN, x: 1, y: 1, xx: 1, xy: 1 },
  ])("takes %j for no sums", (value) => {
    expect(ForgettingFit.sumsIn(value)).toBeUndefined();
  });
});
