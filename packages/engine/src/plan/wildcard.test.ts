import { escapeRegExp } from "@modelyard/core/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concreteModel, Wildcard } from "./wildcard.js";

describe("Wildcard", () => {
  it("matches and captures as greedy, anchored regular expressions do", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "-", "/"), maxLength: 8 });
    const pattern = fc.array(text, { minLength: 2, maxLength: 5 }).map((parts) => parts.join("*"));
    fc.assert(
      fc.property(pattern, text, fc.array(text, { maxLength: 5 }), (written, loose, fills) => {
        let next = 0;
        const filled = written.replaceAll("*", () => fills[next++] ?? "");
        const expression = new RegExp(`^${written.split("*").map(escapeRegExp).join("(.*)")}$`, "su");
        for (const name of [loose, filled]) {
          expect(new Wildcard(written).match(name)).toEqual(expression.exec(name)?.slice(1));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("matches in linear time, also against names built to cause backtracking", () => {
    // A regular expression that backtracks would take longer than the whole test run.
    const name = "a".repeat(500);
    expect(new Wildcard(`${"a*".repeat(20)}b`).match(name)).toBeUndefined();
    expect(new Wildcard(`${"a*".repeat(20)}a`).match(name)).toHaveLength(20);
  });

  it.each([
    ["openai/*", "openai/*", "openai/gpt-4o", "openai/gpt-4o"],
    ["*", "*", "o3/mini", "o3/mini"],
    [
      "llmengine/fo::*::static::*",
      "openai/fo::*:static::*",
      "llmengine/fo::bar::static::baz",
      "openai/fo::bar:static::baz",
    ],
    ["a/*/*", "b/*", "a/us/claude", "b/us/claude"],
    ["a/*", "b/*/*", "a/x", "b/x/x"],
    ["a/*", "b/fixed", "a/x", "b/fixed"],
  ])("turns %s with the model %s and the name %s into %s", (group, model, name, upstream) => {
    expect(concreteModel({ group, model }, new Wildcard(group).match(name))).toBe(upstream);
  });
});
