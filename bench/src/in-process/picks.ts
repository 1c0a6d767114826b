import type { Candidate, NonEmpty } from "@modelyard/core";
import { createStrategy, strategyNames } from "@modelyard/strategies";
import { makeCandidates, makeContext } from "@modelyard/testing";
import { best, type Results } from "./timing.js";

const sizes = [3, 10, 100, 1_000] as const;

/** Time of one pick by each strategy, in microseconds. */
export async function picks(): Promise<Results> {
  const results: Results = {};
  for (const name of strategyNames) {
    for (const size of sizes) {
      const strategy = createStrategy(name);
      const candidates = Object.freeze([
        ...makeCandidates(
          Array.from({ length: size }, (_, index) => ({
            id: `d${String(index)}`,
            rpm: 100 + index,
            tpm: 10_000,
            inputCostPerToken: 1,
            outputCostPerToken: 1,
          })),
        ),
      ]) as unknown as NonEmpty<Candidate>;
      const context = makeContext();
      results[`pick, ${name}, ${String(size)} deployments, us`] = await best(
        () => strategy.pick(candidates, context),
        100_000 / size,
      );
    }
  }
  return results;
}
