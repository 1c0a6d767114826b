import type { Candidate, NonEmpty, PickContext } from "@modelyard/core";
import { drawUpTo, scoresFor } from "./scores.js";

/** The score of a candidate; the lowest one wins. `NaN` counts as the worst. */
export type Score = (candidate: Candidate, context: PickContext) => number;

/** Picks the candidate with the lowest score. Ties are broken at random, so that the listing order does not matter. */
export function pickLowest(candidates: NonEmpty<Candidate>, context: PickContext, score: Score): Candidate {
  const count = candidates.length;
  const values = scoresFor(count);
  let lowest = Number.POSITIVE_INFINITY;
  for (let index = 0; index < count; index += 1) {
    const value = score(candidates[index] as Candidate, context);
    values[index] = value;
    if (value < lowest) lowest = value;
  }
  return drawUpTo(candidates, values, lowest, context);
}
