import type { Candidate, NonEmpty, Strategy } from "@modelyard/core";
import { avoidOverdue } from "./avoid-overdue.js";
import { drawUpTo, Prepared, scoresFor } from "./scores.js";

/** Limits per minute, in the order of the candidates. `Infinity`: no limit. */
interface LimitLists {
  readonly rpm: Float64Array;
  readonly tpm: Float64Array;
  /** Whether every candidate has a limit; otherwise their used fractions cannot be compared. */
  readonly comparable: boolean;
}

function limitsOf(candidates: NonEmpty<Candidate>): LimitLists {
  const { length } = candidates;
  const rpm = new Float64Array(length);
  const tpm = new Float64Array(length);
  let comparable = true;
  for (let index = 0; index < length; index += 1) {
    const { limits } = (candidates[index] as Candidate).deployment;
    rpm[index] = limits.rpm ?? Number.POSITIVE_INFINITY;
    tpm[index] = limits.tpm ?? Number.POSITIVE_INFINITY;
    if (limits.rpm === undefined && limits.tpm === undefined) comparable = false;
  }
  return { rpm, tpm, comparable };
}

/**
 * Picks the deployment with the most room left in this minute: the lowest used fraction of `rpm` or `tpm`, this call's
 * prompt included. If a candidate has neither limit, the fewest used tokens win. The router enforces limits under every
 * strategy. A deployment whose oldest call is overdue, or whose latest call timed out, is avoided while another one answers.
 */
export function usageBased(): Strategy {
  const prepared = new Prepared(limitsOf);
  return avoidOverdue({
    name: "usage-based-routing",
    spreads(candidates) {
      const { rpm, tpm, comparable } = prepared.get(candidates) ?? prepared.make(candidates);
      if (!comparable) return undefined;
      const limits = tpm.every((limit) => limit < Number.POSITIVE_INFINITY) ? tpm : rpm;
      return limits.every((limit) => limit < Number.POSITIVE_INFINITY) ? limits : undefined;
    },
    pick(candidates, context) {
      const { rpm, tpm, comparable } = prepared.get(candidates) ?? prepared.make(candidates);
      const { now, inputTokens } = context;
      const count = candidates.length;
      const values = scoresFor(count);
      let lowest = Number.POSITIVE_INFINITY;
      for (let index = 0; index < count; index += 1) {
        const candidate = candidates[index] as Candidate;
        let used = candidate.tokensUsed(now);
        if (comparable) {
          used = (used + inputTokens) / (tpm[index] as number);
          const limit = rpm[index] as number;
          const requests = limit === Number.POSITIVE_INFINITY ? 0 : (candidate.requestsUsed(now) + 1) / limit;
          if (requests > used) used = requests;
        }
        values[index] = used;
        if (used < lowest) lowest = used;
      }
      return drawUpTo(candidates, values, lowest, context);
    },
  });
}
