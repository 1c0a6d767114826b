import { describe, expect, it } from "vitest";
import { RetryBudget } from "./retry-budget.js";

const start = Date.UTC(2026, 0, 1);

describe("RetryBudget", () => {
  it("allows a share of the requests plus a floor, over ten seconds", () => {
    const budget = new RetryBudget({ share: 0.5, floorPerSecond: 1 });
    for (let count = 0; count < 20; count += 1) budget.request(start);
    const taken = Array.from({ length: 50 }, () => budget.take(start)).filter(Boolean).length;
    expect(taken).toBe(20);
    expect(budget.take(start + 10_000)).toBe(true);
  });
});
