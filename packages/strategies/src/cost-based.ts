import type { Candidate, PickContext, Strategy } from "@modelyard/core";
import { pickLowest } from "./pick-lowest.js";

/**
 * US dollars this call would cost at most; `Infinity` when a price is unknown. Where the request sets no limit, as many
 * tokens are expected to come out as go in.
 */
function expectedCost({ deployment }: Candidate, context: PickContext): number {
  const { inputCostPerToken, outputCostPerToken } = deployment.prices;
  const input = Math.max(1, context.inputTokens);
  const output = context.maxOutputTokens ?? input;
  if (inputCostPerToken === undefined) return Number.POSITIVE_INFINITY;
  if (output === 0) return input * inputCostPerToken;
  return outputCostPerToken === undefined
    ? Number.POSITIVE_INFINITY
    : input * inputCostPerToken + output * outputCostPerToken;
}

/** The cheapest for this call. A price of 0 is a price; an unknown one comes last. */
export function costBased(): Strategy {
  return {
    name: "cost-based-routing",
    pick: (candidates, context) => pickLowest(candidates, context, expectedCost),
    review: (deployments) =>
      deployments
        .filter(({ prices }) => prices.inputCostPerToken === undefined || prices.outputCostPerToken === undefined)
        .map(
          ({ id, model }) =>
            `the price of ${model} (${id}) is not known, so it comes last. Set input_cost_per_token and output_cost_per_token.`,
        ),
  };
}
