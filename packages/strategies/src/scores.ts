import type { Candidate, NonEmpty, PickContext } from "@modelyard/core";

/** Scores of the pick at hand. Picks do not overlap, they are synchronous. */
let scores = new Float64Array(0);

/** Room for so many scores; what was in it is of no account. */
export function scoresFor(count: number): Float64Array {
  if (scores.length < count) scores = new Float64Array(Math.max(64, count * 2));
  return scores;
}

/** One of the candidates whose score is at most `most`, by lot, so that listing order decides nothing. */
export function drawUpTo(
  candidates: NonEmpty<Candidate>,
  values: Float64Array,
  most: number,
  { random }: PickContext,
): Candidate {
  const count = candidates.length;
  let near = 0;
  let first = -1;
  for (let index = 0; index < count; index += 1) {
    if (!((values[index] as number) <= most)) continue;
    if (near === 0) first = index;
    near += 1;
  }
  // Nobody can be compared: then all are equal.
  if (near === 0) return candidates[Math.floor(random.next() * count)] as Candidate;
  if (near === 1) return candidates[first] as Candidate;
  let place = Math.floor(random.next() * near);
  for (let index = first; index < count; index += 1) {
    if (!((values[index] as number) <= most)) continue;
    if (place === 0) return candidates[index] as Candidate;
    place -= 1;
  }
  return candidates[first] as Candidate;
}

/**
 * Keeps what `make` says of candidates that are the same on every pick (which the router freezes); asks again for others.
 */
export function perCandidates<Value>(
  make: (candidates: NonEmpty<Candidate>) => Value,
): (candidates: NonEmpty<Candidate>) => Value {
  const kept = new WeakMap<readonly Candidate[], { readonly value: Value }>();
  return (candidates) => {
    const known = kept.get(candidates);
    if (known !== undefined) return known.value;
    const value = make(candidates);
    if (Object.isFrozen(candidates)) kept.set(candidates, { value });
    return value;
  };
}
