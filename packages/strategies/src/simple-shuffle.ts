import {
  type Candidate,
  type Deployment,
  type NonEmpty,
  oneOf,
  type PickContext,
  type Strategy,
} from "@modelyard/core";

type WeightOf = (deployment: Deployment) => number | undefined;

const sources: readonly WeightOf[] = [
  (deployment) => deployment.weight,
  (deployment) => deployment.limits.rpm,
  (deployment) => deployment.limits.tpm,
];

/** Running sums of the weights; `undefined`: all share alike. */
type Sums = Float64Array | undefined;

/** The first of weight, rpm and tpm that any candidate has; who lacks it then weighs nothing. */
function sumsOf(candidates: readonly Candidate[]): Sums {
  for (const weightOf of sources) {
    if (!candidates.some((candidate) => weightOf(candidate.deployment) !== undefined)) continue;
    const sums = new Float64Array(candidates.length);
    let total = 0;
    for (const [index, candidate] of candidates.entries()) {
      total += weightOf(candidate.deployment) ?? 0;
      sums[index] = total;
    }
    return total > 0 ? sums : undefined;
  }
  return undefined;
}

/** First place whose running sum is above `target`. */
function find(sums: Float64Array, target: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** By lot, in proportion to `weight`, else `rpm`, else `tpm`, judged over all candidates. */
export function simpleShuffle(): Strategy {
  const prepared = new WeakMap<readonly Candidate[], { readonly sums: Sums }>();
  const sumsFor = (candidates: NonEmpty<Candidate>): Sums => {
    if (!Object.isFrozen(candidates)) return sumsOf(candidates);
    let known = prepared.get(candidates);
    if (known === undefined) {
      known = { sums: sumsOf(candidates) };
      prepared.set(candidates, known);
    }
    return known.sums;
  };
  return {
    name: "simple-shuffle",
    pick(candidates: NonEmpty<Candidate>, context: PickContext): Candidate {
      const sums = sumsFor(candidates);
      if (sums === undefined) return oneOf(candidates, context.random);
      const total = sums.at(-1) ?? 0;
      return candidates[find(sums, context.random.next() * total)] ?? candidates[0];
    },
  };
}
