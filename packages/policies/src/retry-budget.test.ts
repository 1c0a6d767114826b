import { describe, expect, it } from "vitest";
import { RetryBudget } from "./retry-budget.js";

const start = Date.UTC(2026, 0, 1);

describe("RetryBudget", () => {
  it("allows a fraction of the requests plus a minimum within ten seconds", () => {
    const budget = new RetryBudget({ share: 0.5, floorPerSecond: 1 });
    for (let count = 0; count < 20; count += 1) budget.request(start);
    const taken = Array.from({ length: 50 }, () => budget.take(start)).filter(Boolean).length;
    expect(taken).toBe(20);
    expect(budget.take(start + 10_000)).toBe(true);
  });
});
