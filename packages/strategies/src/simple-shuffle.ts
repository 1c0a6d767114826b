import type { Candidate, Deployment, NonEmpty, PickContext, Strategy } from "@modelyard/core";
import { oneOf, type ReviewRemark } from "@modelyard/core/kit";
import { Prepared, scoresFor } from "./scores.js";

type WeightOf = (deployment: Deployment) => number | undefined;

const named = {
  weight: (deployment) => deployment.weight,
  rpm: (deployment) => deployment.limits.rpm,
  tpm: (deployment) => deployment.limits.tpm,
} satisfies Record<string, WeightOf>;

const sources: readonly WeightOf[] = Object.values(named);

/** The first of weight, rpm and tpm that any candidate has. `undefined`: no candidate has any. */
function sourceFor(candidates: readonly Candidate[]): WeightOf | undefined {
  return sources.find((weightOf) => candidates.some((candidate) => weightOf(candidate.deployment) !== undefined));
}

/** Instead of the running sums where no candidate has a weight. */
const equalShares = new Float64Array(0);

/** Running sums of the weights, or {@link equalShares}. A candidate without a weight counts as 0. */
function sumsOf(candidates: readonly Candidate[]): Float64Array {
  const weightOf = sourceFor(candidates);
  if (weightOf === undefined) return equalShares;
  const { length } = candidates;
  const sums = Object.isFrozen(candidates) ? new Float64Array(length) : scoresFor(length);
  let total = 0;
  for (let index = 0; index < length; index += 1) {
    total += weightOf((candidates[index] as Candidate).deployment) ?? 0;
    sums[index] = total;
  }
  return total > 0 ? sums : equalShares;
}

/** The first of `count` positions whose running sum is above `target`. */
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

/** Warns of deployments that get no traffic, since they lack the setting that decides among their tier. */
function starved(deployments: readonly Deployment[]): readonly ReviewRemark[] {
  return deployments.flatMap((deployment) => {
    const tier = deployments.filter(({ order }) => order === deployment.order);
    const source = Object.entries(named).find(([, weightOf]) => tier.some((one) => weightOf(one) !== undefined));
    if (source === undefined) return [];
    const [name, weightOf] = source;
    const total = tier.reduce((sum, one) => sum + (weightOf(one) ?? 0), 0);
    if (total === 0 || weightOf(deployment) !== undefined) return [];
    const { id, model, provider } = deployment;
    const message = `${provider}/${model} has no ${name} but others in the group do, so it gets traffic only when they are unavailable. Set one.`;
    return [{ kind: "review", message, deploymentId: id }];
  });
}

/** Picks at random, in proportion to `weight`, or else `rpm`, or else `tpm`, whichever any candidate has. */
export function simpleShuffle(): Strategy {
  const prepared = new Prepared(sumsOf);
  return {
    name: "simple-shuffle",
    review: starved,
    spreads(candidates) {
      const sums = prepared.get(candidates) ?? prepared.make(candidates);
      if (sums === equalShares) return undefined;
      return candidates.map((_, index) => (sums[index] ?? 0) - (sums[index - 1] ?? 0));
    },
    pick(candidates: NonEmpty<Candidate>, context: PickContext): Candidate {
      const sums = prepared.get(candidates) ?? prepared.make(candidates);
      if (sums === equalShares) return oneOf(candidates, context.random);
      const count = candidates.length;
      return candidates[find(sums, count, context.random.next() * (sums[count - 1] ?? 0))] ?? candidates[0];
    },
  };
}
