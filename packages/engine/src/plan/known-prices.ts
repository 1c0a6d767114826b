import type { Prices, Provider } from "@modelyard/core";
import { boundedCount, boundedPrice, type CachePricing, type ModelFacts, type PriceTier } from "@modelyard/core/kit";

type TokenPrices = Omit<PriceTier, "aboveTokens">;

/**
 * What the prompt cache costs with a model, according to the first provider that claims the model for its vendor.
 * @param model - the vendor's name of the model; `undefined` for a pattern
 */
export function cachePricingOf(
  providers: ReadonlyMap<string, Pick<Provider, "cachePricing">>,
  model: string | undefined,
): CachePricing | undefined {
  if (model === undefined) return undefined;
  for (const { cachePricing } of providers.values())
    // `test` would remember its position if the pattern has the flag `g`.
    if (cachePricing !== undefined && model.search(cachePricing.models) !== -1) return cachePricing;
  return undefined;
}

/** A deployment's own prices, or else those of the catalog, or else what follows from the price of input. */
export function completePrices(
  own: Prices,
  facts: ModelFacts | undefined,
  cachePricing: CachePricing | undefined,
): Prices {
  // Without the catalog's price of input, its discount for cached input does not apply either.
  const listed = own.inputCostPerToken === undefined ? facts : undefined;
  const prices: Prices = {
    inputCostPerToken: own.inputCostPerToken ?? boundedPrice(facts?.inputCostPerToken),
    outputCostPerToken: own.outputCostPerToken ?? boundedPrice(facts?.outputCostPerToken),
    cachedInputCostPerToken: own.cachedInputCostPerToken ?? boundedPrice(listed?.cachedInputCostPerToken),
    cacheWriteCostPerToken: own.cacheWriteCostPerToken ?? boundedPrice(listed?.cacheWriteCostPerToken),
    cacheWriteHourCostPerToken: own.cacheWriteHourCostPerToken ?? boundedPrice(listed?.cacheWriteHourCostPerToken),
  };
  const tiers = tiersOf(own.tiers ?? listed?.priceTiers);
  return Object.freeze({
    ...withCache(prices, cachePricing),
    ...(tiers === undefined ? {} : { tiers: tiers.map((tier) => Object.freeze(withCache(tier, cachePricing))) }),
  });
}

function tiersOf(tiers: readonly PriceTier[] | undefined): readonly PriceTier[] | undefined {
  const known = tiers?.flatMap((tier): readonly PriceTier[] => {
    const aboveTokens = boundedCount(tier.aboveTokens);
    if (aboveTokens === undefined) return [];
    return [
      {
        aboveTokens,
        inputCostPerToken: boundedPrice(tier.inputCostPerToken),
        outputCostPerToken: boundedPrice(tier.outputCostPerToken),
        cachedInputCostPerToken: boundedPrice(tier.cachedInputCostPerToken),
        cacheWriteCostPerToken: boundedPrice(tier.cacheWriteCostPerToken),
        cacheWriteHourCostPerToken: boundedPrice(tier.cacheWriteHourCostPerToken),
      },
    ];
  });
  if (known === undefined || known.length === 0) return undefined;
  return known.toSorted((one, other) => one.aboveTokens - other.aboveTokens);
}

/** Unknown prices of the prompt cache follow from the price of input. */
function withCache<Known extends TokenPrices>(prices: Known, cachePricing: CachePricing | undefined): Known {
  const input = prices.inputCostPerToken;
  if (cachePricing === undefined || input === undefined) return prices;
  return {
    ...prices,
    cachedInputCostPerToken: prices.cachedInputCostPerToken ?? times(input, cachePricing.read),
    cacheWriteCostPerToken: prices.cacheWriteCostPerToken ?? times(input, cachePricing.write),
    cacheWriteHourCostPerToken: prices.cacheWriteHourCostPerToken ?? times(input, cachePricing.writeHour),
  };
}

/** Multiplication must not turn 0.0000003 into 0.00000030000000000000004. */
function times(price: number, factor: number): number {
  return Number((price * factor).toPrecision(12));
}
