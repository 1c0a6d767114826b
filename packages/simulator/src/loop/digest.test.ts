import { expect, it } from "vitest";
import { Digest } from "./digest.js";

it("a digest depends on every value, their order, and numbers beyond 32 bits", () => {
  const of = (...values: readonly (number | string)[]): string => {
    const digest = new Digest();
    for (const value of values) {
      if (typeof value === "string") digest.addText(value);
      else digest.add(value);
    }
    return digest.value;
  };
  expect(of(1, 2, "timeout")).toBe(of(1, 2, "timeout"));
  expect(new Set([of(), of(1, 2), of(2, 1), of(1, 2 + 2 ** 32), of("a"), of("b")]).size).toBe(6);
  expect(of(1)).toMatch(/^[0-9a-f]{14}$/u);
});
