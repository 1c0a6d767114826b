import type { Candidate, Deployment, NonEmpty, PickContext, Strategy } from "@modelyard/core";

/** US dollars per token, in the order of the candidates. `NaN`: unknown. */
export interface PriceLists {
  readonly input: Float64Array;
  readonly output: Float64Array;
}

export function pricesOf(candidates: NonEmpty<Candidate>): PriceLists {
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

interface Filling {
  readonly candidates: NonEmpty<Candidate>;
  readonly values: Float64Array;
  readonly prices: PriceLists;
  readonly context: PickContext;
}

/** Computes the cost at each candidate. @returns the lowest */
export function fillCosts({ candidates, values, prices: { input, output }, context }: Filling): number {
  const inputTokens = Math.max(1, context.inputTokens);
  const outputTokens = context.maxOutputTokens ?? inputTokens;
  // Higher than the cost of any call, so that deployments with an unknown price come last. Outside of the function, it would make V8
  // allocate each cost: 16 KB per pick among 1,000 deployments.
  const unknownCost = 1e300;
  let lowest = Number.POSITIVE_INFINITY;
  for (let index = 0; index < candidates.length; index += 1) {
    // With no output at all, an unknown output price does not matter.
    const out = outputTokens === 0 ? 0 : (output[index] as number) * outputTokens;
    let cost = (input[index] as number) * inputTokens + out;
    if (Number.isNaN(cost)) cost = unknownCost;
    values[index] = cost;
    if (cost < lowest) lowest = cost;
  }
  return lowest;
}

/** The deployments of a group whose price is unknown. */
export function reviewPrices(deployments: readonly Deployment[]): ReturnType<NonNullable<Strategy["review"]>> {
  return deployments
    .filter(({ prices }) => prices.inputCostPerToken === undefined || prices.outputCostPerToken === undefined)
    .map(({ id, model, provider }) => ({
      kind: "unknown_price",
      deploymentId: id,
      message: `the price of ${provider}/${model} is unknown, so it comes last. Set inputCostPerToken and outputCostPerToken, or give the router a catalog.`,
    }));
}
