import { boundedCount, boundedPrice, type ModelFacts, type Prices, type PriceTier } from "@modelyard/core";

/**
 * What Anthropic's models cost beside their input, as multiples of its price, wherever they are served.
 * Source: docs.claude.com, "Prompt caching", section "Pricing".
 */
const anthropic = { read: 0.1, write: 1.25, writeHour: 2 } as const;
/** `claude-sonnet-4-5`, `us.anthropic.claude-sonnet-4-5-v1:0`, `anthropic/claude-sonnet-4.5`. */
const claude = /(?:^|[./])claude-/u;

type TokenPrices = Omit<PriceTier, "aboveTokens">;

/**
 * A deployment's own prices, else those of the catalog, else what is known of the model's family.
 * @param model - by the vendor's name; `undefined`: a pattern
 */
export function completePrices(own: Prices, facts: ModelFacts | undefined, model: string | undefined): Prices {
  // A discount on a price that is not ours says nothing.
  const listed = own.inputCostPerToken === undefined ? facts : undefined;
  const family = model !== undefined && claude.test(model);
  const prices: Prices = {
    inputCostPerToken: own.inputCostPerToken ?? boundedPrice(facts?.inputCostPerToken),
    outputCostPerToken: own.outputCostPerToken ?? boundedPrice(facts?.outputCostPerToken),
    cachedInputCostPerToken: own.cachedInputCostPerToken ?? boundedPrice(listed?.cachedInputCostPerToken),
    cacheWriteCostPerToken: own.cacheWriteCostPerToken ?? boundedPrice(listed?.cacheWriteCostPerToken),
    cacheWriteHourCostPerToken: own.cacheWriteHourCostPerToken ?? boundedPrice(listed?.cacheWriteHourCostPerToken),
  };
  const tiers = tiersOf(own.tiers ?? listed?.priceTiers);
  return Object.freeze({
    ...withFamily(prices, family),
    ...(tiers === undefined ? {} : { tiers: tiers.map((tier) => Object.freeze(withFamily(tier, family))) }),
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

/** What is not known of the vendor's cache follows from the input's price where the family says how. */
function withFamily<Known extends TokenPrices>(prices: Known, family: boolean): Known {
  const input = prices.inputCostPerToken;
  if (!family || input === undefined) return prices;
  return {
    ...prices,
    cachedInputCostPerToken: prices.cachedInputCostPerToken ?? times(input, anthropic.read),
    cacheWriteCostPerToken: prices.cacheWriteCostPerToken ?? times(input, anthropic.write),
    cacheWriteHourCostPerToken: prices.cacheWriteHourCostPerToken ?? times(input, anthropic.writeHour),
  };
}

/** Multiplication must not turn 0.0000003 into 0.00000030000000000000004. */
function times(price: number, factor: number): number {
  return Number((price * factor).toPrecision(12));
}
