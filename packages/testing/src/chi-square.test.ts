import { describe, expect, it } from "vitest";
import { chiSquareP } from "./chi-square.js";

describe("chiSquareP", () => {
  // Critical values from the usual tables: 5 % and 1 %.
  it.each([
    [[1_000 + 30.99, 1_000 - 30.99], 0.166],
    [[100 + 13.859, 100 - 13.859], 0.05],
    [[1_500, 1_000, 500], 0],
  ])("of the counts %j is about %d", (counts, p) => {
    expect(
      chiSquareP(
        counts,
        counts.map(() => 1),
      ),
    ).toBeCloseTo(p, 2);
  });

  it("is 0.05 at 7.815 for 3 degrees of freedom, as in the tables", () => {
    const off = Math.sqrt((7.815 * 100) / 4);
    expect(chiSquareP([100 + off, 100 - off, 100 + off, 100 - off], [1, 1, 1, 1])).toBeCloseTo(0.05, 3);
  });

  it("is 1 for exactly the expected counts, and 0 if something impossible was counted", () => {
    expect(chiSquareP([10, 30], [1, 3])).toBeCloseTo(1);
    expect(chiSquareP([10, 30, 0], [1, 3, 0])).toBeCloseTo(1);
    expect(chiSquareP([10, 30, 1], [1, 3, 0])).toBe(0);
    expect(chiSquareP([40], [1])).toBe(1);
  });
});
