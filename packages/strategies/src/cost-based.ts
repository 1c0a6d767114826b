import type { Strategy } from "@modelyard/core";
import { avoidOverdue } from "./avoid-overdue.js";
import { fillCosts, pricesOf, reviewPrices } from "./prices.js";
import { drawUpTo, Prepared, scoresFor } from "./scores.js";

/**
 * Picks the deployment that is cheapest for this call, at the highest possible cost. If the request does not limit the
 * output, as many output tokens as input tokens are assumed. A price of 0 is a known price; unknown prices come last. A
 * deployment whose oldest call is overdue, or whose latest call timed out, is avoided while another one answers.
 */
export function costBased(): Strategy {
  const prepared = new Prepared(pricesOf);
  return avoidOverdue({
    name: "cost-based-routing",
    pick(candidates, context) {
      const values = scoresFor(candidates.length);
      const prices = prepared.get(candidates) ?? prepared.make(candidates);
      return drawUpTo(candidates, values, fillCosts({ candidates, values, prices, context }), context);
    },
    review: reviewPrices,
  });
}
