import type { Candidate, NonEmpty, PickContext, Strategy } from "@modelyard/core";
import { pickLowest } from "./pick-lowest.js";

/** The larger of the shares of the two limits that are used up, this call's prompt included. */
function usedShare(candidate: Candidate, { now, inputTokens }: PickContext): number {
  const { rpm, tpm } = candidate.deployment.limits;
  const requests = rpm === undefined ? 0 : (candidate.requestsUsed(now) + 1) / rpm;
  const tokens = tpm === undefined ? 0 : (candidate.tokensUsed(now) + inputTokens) / tpm;
  return Math.max(requests, tokens);
}

/** Where somebody has no limit, shares cannot be compared: then tokens are. */
function usedTokens(candidate: Candidate, { now }: PickContext): number {
  return candidate.tokensUsed(now);
}

function limited({ deployment }: Candidate): boolean {
  return deployment.limits.rpm !== undefined || deployment.limits.tpm !== undefined;
}

/**
 * The deployment with the most room left in this minute: the lowest used share of `rpm` and `tpm`; where a candidate
 * has neither, the fewest tokens. That limits hold is the router's doing, under every strategy.
 */
export function usageBased(): Strategy {
  const comparable = new WeakMap<readonly Candidate[], boolean>();
  const allLimited = (candidates: NonEmpty<Candidate>): boolean => {
    const known = comparable.get(candidates);
    if (known !== undefined) return known;
    const all = candidates.every(limited);
    if (Object.isFrozen(candidates)) comparable.set(candidates, all);
    return all;
  };
  return {
    name: "usage-based-routing",
    pick: (candidates, context) => pickLowest(candidates, context, allLimited(candidates) ? usedShare : usedTokens),
  };
}
