import type { Candidate, NonEmpty, Strategy } from "@modelyard/core";
import { drawUpTo, perCandidates, scoresFor } from "./scores.js";

/** US dollars per token, by place; `NaN`: unknown. */
interface PriceLists {
  readonly input: Float64Array;
  readonly output: Float64Array;
}

function pricesOf(candidates: NonEmpty<Candidate>): PriceLists {
  const { length } = candidates;
  const input = new Float64Array(length);
  const output = new Float64Array(length);
  for (let index = 0; index < length; index += 1) {
    const { prices } = (candidates[index] as Candidate).deployment;
    input[index] = prices.inputCostPerToken ?? Number.NaN;
    output[index] = prices.outputCostPerToken ?? Number.NaN;
  }
  return { input, output };
}

/**
 * The cheapest for this call, at the most it could cost: where the request sets no limit, as many tokens are expected to
 * come out as go in. A price of 0 is a price; an unknown one comes last.
 */
export function costBased(): Strategy {
  const pricesFor = perCandidates(pricesOf);
  return {
    name: "cost-based-routing",
    pick(candidates, context) {
      const { input, output } = pricesFor(candidates);
      const inputTokens = Math.max(1, context.inputTokens);
      const outputTokens = context.maxOutputTokens ?? inputTokens;
      const count = candidates.length;
      const values = scoresFor(count);
      let lowest = Number.POSITIVE_INFINITY;
      for (let index = 0; index < count; index += 1) {
        // Where nothing can come out, what it would cost need not be known.
        const out = outputTokens === 0 ? 0 : (output[index] as number) * outputTokens;
        const cost = (input[index] as number) * inputTokens + out;
        values[index] = cost;
        if (cost < lowest) lowest = cost;
      }
      return drawUpTo(candidates, values, lowest, context);
    },
    review: (deployments) =>
      deployments
        .filter(({ prices }) => prices.inputCostPerToken === undefined || prices.outputCostPerToken === undefined)
        .map(
          ({ id, model }) =>
            `the price of ${model} (${id}) is not known, so it comes last. Set input_cost_per_token and output_cost_per_token.`,
        ),
  };
}
