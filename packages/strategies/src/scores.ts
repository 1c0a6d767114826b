import type { Candidate, NonEmpty, PickContext } from "@modelyard/core";

/** Scores of the current pick. One array serves all picks, since they are synchronous and never overlap. */
let scores = new Float64Array(0);

/** An array for `count` scores, with arbitrary contents. */
export function scoresFor(count: number): Float64Array {
  if (scores.length < count) scores = new Float64Array(Math.max(64, count * 2));
  return scores;
}

/** Draws one of the candidates whose score is at most `most`, so that the listing order does not matter. */
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
  // No score can be compared, so all candidates are equal.
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
 * Calls `make` once for each list of candidates that is frozen, as the router's lists are while the configuration stays the
 * same. Any other list may change, so `make` is called on every pick.
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
