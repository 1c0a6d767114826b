import type { Strategy } from "@modelyard/core";
import { pickLowest } from "./pick-lowest.js";

/** Fewest calls in flight wins. */
export function leastBusy(): Strategy {
  return {
    name: "least-busy",
    pick: (candidates, context) => pickLowest(candidates, context, (candidate) => candidate.inFlight),
  };
}
