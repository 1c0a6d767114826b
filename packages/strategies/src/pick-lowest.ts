import type { Candidate, NonEmpty, PickContext } from "@modelyard/core";

/** A number for a candidate; the lowest wins. */
export type Score = (candidate: Candidate, context: PickContext) => number;

/** Scores of the pick at hand: every candidate is looked at once. Picks do not overlap, they are synchronous. */
let scores = new Float64Array(64);

/** The candidate with the lowest score; equals share by lot, so that listing order decides nothing. */
export function pickLowest(candidates: NonEmpty<Candidate>, context: PickContext, score: Score): Candidate {
  const count = candidates.length;
  if (scores.length < count) scores = new Float64Array(count * 2);
  let lowest = Number.POSITIVE_INFINITY;
  let equals = 0;
  for (let index = 0; index < count; index += 1) {
    const value = score(candidates[index] as Candidate, context);
    scores[index] = value;
    if (value < lowest) {
      lowest = value;
      equals = 1;
    } else if (value === lowest) equals += 1;
  }
  let place = equals <= 1 ? 0 : Math.floor(context.random.next() * equals);
  for (let index = 0; index < count; index += 1) {
    if (scores[index] !== lowest) continue;
    if (place === 0) return candidates[index] as Candidate;
    place -= 1;
  }
  return candidates[0];
}
