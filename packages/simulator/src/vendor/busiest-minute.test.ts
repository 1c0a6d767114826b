import { expect, it } from "vitest";
import { BusiestMinute } from "./busiest-minute.js";

it("the busiest minute may begin at any second, and forgets what is older", () => {
  const minute = new BusiestMinute();
  const add = (atSecond: number, amount: number): number => minute.add(atSecond * 1_000_000, amount);
  expect(add(0, 50)).toBe(50);
  expect(add(59.9, 30)).toBe(80);
  expect(add(60, 40)).toBe(80);
  expect(add(61, 20)).toBe(90);
  expect(add(500, 10)).toBe(90);
  expect(add(501, 85)).toBe(95);
});
