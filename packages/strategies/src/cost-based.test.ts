import type { CandidateOptions } from "@modelyard/testing";
import { describeStrategy } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { drawn, expectFair, frozen, listed, permutations } from "./__fixtures__/draws.js";
import { costBased } from "./cost-based.js";

describeStrategy("costBased", { create: () => costBased() });

type Rows = readonly Omit<CandidateOptions, "id">[];
const price = (inputCostPerToken?: number, outputCostPerToken?: number) => ({
  ...(inputCostPerToken === undefined ? {} : { inputCostPerToken }),
  ...(outputCostPerToken === undefined ? {} : { outputCostPerToken }),
});

const cases: readonly (readonly [string, Rows, { readonly maxOutputTokens?: number }, readonly string[]])[] = [
  ["the lowest price", [price(3, 3), price(1, 1), price(2, 2)], {}, ["b"]],
  ["0, which is a price", [price(0, 0), price(1e-9, 1e-9), price()], {}, ["a"]],
  ["any known price to an unknown one", [price(), price(100, 100), price(1)], {}, ["b"]],
  ["nobody when all are unknown", [price(), price(1), price(undefined, 1)], {}, ["a", "b", "c"]],
  ["equals by lot", [price(1, 2), price(2, 1), price(9, 9)], {}, ["a", "b"]],
  ["cheap input for short answers", [price(1, 9), price(3, 3), price(9, 1)], { maxOutputTokens: 1 }, ["a"]],
  ["cheap output for long answers", [price(1, 9), price(3, 3), price(9, 1)], { maxOutputTokens: 1_000 }, ["c"]],
  ["by input alone where nothing comes out", [price(2), price(1), price(3, 0)], { maxOutputTokens: 0 }, ["b"]],
];

describe("costBased", () => {
  it.each(cases)("prefers %s, in every listing order", (_, rows, context, expected) => {
    const all = rows.map((options, index) => ({ id: "abc"[index] ?? "", ...options }));
    for (const order of permutations(all)) {
      for (const candidates of [listed(all, order), frozen(listed(all, order))])
        expectFair(drawn(costBased(), candidates, { seed: 3, ...context }), expected);
    }
  });

  it("says whose price is unknown, by id and model", () => {
    const all = [{ id: "a" }, { id: "b", ...price(1) }, { id: "c", ...price(0, 0) }];
    expect(costBased().review?.(listed(all).map((candidate) => candidate.deployment))).toEqual([
      expect.stringContaining("the price of a (a) is not known"),
      expect.stringContaining("the price of b (b) is not known"),
    ]);
  });
});
