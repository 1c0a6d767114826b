import {
  type Candidate,
  type Deployment,
  type NonEmpty,
  oneOf,
  type PickContext,
  type Strategy,
} from "@modelyard/core";
import { perCandidates, scoresFor } from "./scores.js";

type WeightOf = (deployment: Deployment) => number | undefined;

const sources: readonly WeightOf[] = [
  (deployment) => deployment.weight,
  (deployment) => deployment.limits.rpm,
  (deployment) => deployment.limits.tpm,
];

/** The first of weight, rpm and tpm that any candidate has; `undefined`: none has any. */
function sourceFor(candidates: readonly Candidate[]): WeightOf | undefined {
  return sources.find((weightOf) => candidates.some((candidate) => weightOf(candidate.deployment) !== undefined));
}

/** Running sums of the weights; who lacks what others have weighs nothing. `undefined`: all share alike. */
type Sums = Float64Array | undefined;

function sumsOf(candidates: readonly Candidate[], into: Float64Array): Sums {
  const weightOf = sourceFor(candidates);
  if (weightOf === undefined) return undefined;
  let total = 0;
  for (let index = 0; index < candidates.length; index += 1) {
    total += weightOf((candidates[index] as Candidate).deployment) ?? 0;
    into[index] = total;
  }
  return total > 0 ? into : undefined;
}

/** First place, of `count`, whose running sum is above `target`. */
function find(sums: Float64Array, count: number, target: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** By lot, in proportion to `weight`, else `rpm`, else `tpm`, judged over all candidates. */
export function simpleShuffle(): Strategy {
  const sumsFor = perCandidates((candidates) =>
    sumsOf(
      candidates,
      Object.isFrozen(candidates) ? new Float64Array(candidates.length) : scoresFor(candidates.length),
    ),
  );
  return {
    name: "simple-shuffle",
    pick(candidates: NonEmpty<Candidate>, context: PickContext): Candidate {
      const sums = sumsFor(candidates);
      if (sums === undefined) return oneOf(candidates, context.random);
      const count = candidates.length;
      return candidates[find(sums, count, context.random.next() * (sums[count - 1] ?? 0))] ?? candidates[0];
    },
  };
}
