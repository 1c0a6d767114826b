import type { Strategy } from "@modelyard/core";
import { AnswerWatch } from "./answer-watch.js";
import { fillCosts, pricesOf, reviewPrices } from "./prices.js";
import { drawUpTo, Prepared, scoresFor } from "./scores.js";

/**
 * Picks the deployment that is cheapest for this call, at the highest possible cost. If the request does not limit the
 * output, as many output tokens as input tokens are assumed. A price of 0 is a known price; unknown prices come last. A
 * deployment whose oldest call is overdue, or whose latest call timed out, is avoided while another one answers.
 */
export function costBased(): Strategy {
  const prepared = new Prepared(pricesOf);
  const watch = new AnswerWatch();
  return {
    name: "cost-based-routing",
    pick(candidates, context) {
      const values = scoresFor(candidates.length);
      const prices = prepared.get(candidates) ?? prepared.make(candidates);
      const someAreSilent = !watch.allAnswer(context.now);
      let lowest = fillCosts({ candidates, values, prices, context, watch: someAreSilent ? watch : undefined });
      if (lowest === Number.POSITIVE_INFINITY)
        lowest = fillCosts({ candidates, values, prices, context, watch: undefined });
      return drawUpTo(candidates, values, lowest, context);
    },
    observe: (event) => {
      watch.observe(event);
    },
    review: reviewPrices,
  };
}
