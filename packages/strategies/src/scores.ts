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
 * What a strategy has prepared for a list of candidates: `prepared.get(candidates) ?? prepared.make(candidates)`. The
 * router's lists are frozen and stay the same until the configuration changes. For any other list, which may change,
 * the value is made again on every pick.
 */
export class Prepared<Value extends object> extends WeakMap<readonly Candidate[], Value> {
  readonly #prepare: (candidates: NonEmpty<Candidate>) => Value;

  constructor(prepare: (candidates: NonEmpty<Candidate>) => Value) {
    super();
    this.#prepare = prepare;
  }

  make(candidates: NonEmpty<Candidate>): Value {
    const value = this.#prepare(candidates);
    if (Object.isFrozen(candidates)) this.set(candidates, value);
    return value;
  }
}
