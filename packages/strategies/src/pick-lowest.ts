import type { Candidate, NonEmpty, PickContext } from "@modelyard/core";

/** A number for a candidate; the lowest wins. */
export type Score = (candidate: Candidate, context: PickContext) => number;

/** The candidate with the lowest score; equals share by lot, so that listing order decides nothing. */
export function pickLowest(candidates: NonEmpty<Candidate>, context: PickContext, score: Score): Candidate {
  let lowest = Number.POSITIVE_INFINITY;
  let equals = 0;
  let chosen: Candidate = candidates[0];
  for (const candidate of candidates) {
    const value = score(candidate, context);
    if (value < lowest) {
      lowest = value;
      equals = 1;
      chosen = candidate;
    } else if (value === lowest) equals += 1;
  }
  if (equals === 1) return chosen;
  let place = Math.floor(context.random.next() * equals);
  for (const candidate of candidates) {
    if (score(candidate, context) !== lowest) continue;
    if (place === 0) return candidate;
    place -= 1;
  }
  return chosen;
}
