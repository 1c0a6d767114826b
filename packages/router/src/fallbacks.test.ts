import { fails } from "@modelyard/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failure, one, setup } from "./test/house.js";

describe("fallback graphs", () => {
  it("of any shape are walked within bounds: each group at most once, never more calls than attempts allow", async () => {
    const names = ["a", "b", "c", "d", "e"];
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...names), fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 })),
        fc.integer({ min: 0, max: 2 }),
        async (fallbacks, numRetries) => {
          const house = setup({
            modelList: names.map((name) => one(name, { modelName: name })),
            fallbacks,
            numRetries,
            maxFallbacks: 3,
          });
          house.provider.script("*", fails("internal_server"));
          await house.clock.until(failure(house.router.completion({ model: "a", messages: [] })));
          const runs = house.served().filter((id, index, all) => id !== all[index - 1]);
          expect(new Set(runs).size).toBe(runs.length);
          expect(runs.length).toBeLessThanOrEqual(4);
          expect(house.served().length).toBeLessThanOrEqual(runs.length * (1 + numRetries));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keep to max_attempts in all", async () => {
    const house = setup({
      modelList: ["a", "b", "c"].map((name) => one(name, { modelName: name })),
      fallbacks: { a: ["b", "c"] },
      numRetries: 3,
      maxAttempts: 5,
    });
    house.provider.script("*", fails("internal_server"));
    await house.clock.until(failure(house.router.completion({ model: "a", messages: [] })));
    expect(house.provider.calls).toHaveLength(5);
  });
});
