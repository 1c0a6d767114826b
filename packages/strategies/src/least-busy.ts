import type { Candidate, Strategy } from "@modelyard/core";
import { avoidOverdue } from "./avoid-overdue.js";
import { drawUpTo, scoresFor } from "./scores.js";

/**
 * Picks the deployment with the fewest calls in flight. One whose oldest call is overdue, or whose latest call timed out, is avoided
 * while another one answers.
 */
export function leastBusy(): Strategy {
  return avoidOverdue({
    name: "least-busy",
    spreads: () => undefined,
    pick(candidates, context) {
      const count = candidates.length;
      const values = scoresFor(count);
      let fewest = Number.POSITIVE_INFINITY;
      for (let index = 0; index < count; index += 1) {
        const { inFlight } = candidates[index] as Candidate;
        values[index] = inFlight;
        if (inFlight < fewest) fewest = inFlight;
      }
      return drawUpTo(candidates, values, fewest, context);
    },
  });
}
