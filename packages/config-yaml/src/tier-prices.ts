import type { PriceTier } from "@modelyard/core/kit";
import type * as z from "zod";
import { atLeastZero } from "./schema-values.js";

/** Prompt lengths, in thousands of tokens, above which LiteLLM's price map has higher prices. */
const thousands = [128, 200, 256, 272] as const;

/** Our names of the prices, and LiteLLM's names before a suffix such as `_above_200k_tokens`. */
const prices = {
  inputCostPerToken: "input_cost_per_token",
  outputCostPerToken: "output_cost_per_token",
  cachedInputCostPerToken: "cache_read_input_token_cost",
  cacheWriteCostPerToken: "cache_creation_input_token_cost",
  cacheWriteHourCostPerToken: "cache_creation_input_token_cost_above_1hr",
} as const;

type TierKey = `${(typeof prices)[keyof typeof prices]}_above_${(typeof thousands)[number]}k_tokens`;

/** A deployment's prices for long prompts, by the file's keys. */
export type TierPrices = { readonly [Key in TierKey]?: number | undefined };

function keyOf(price: (typeof prices)[keyof typeof prices], length: (typeof thousands)[number]): TierKey {
  return `${price}_above_${length}k_tokens`;
}

const keys = thousands.flatMap((length) => Object.values(prices).map((price) => keyOf(price, length)));

/** The schemas of these keys in `litellm_params` and `model_info`. */
export const tierPriceKeys = Object.fromEntries(
  keys.map((key) => [key, atLeastZero.optional().describe("US dollars per token of a call with a longer prompt.")]),
) as {
  readonly [Key in TierKey]: z.ZodOptional<typeof atLeastZero>;
};

/** Prices by prompt length, or `undefined` if the file sets none. */
export function priceTiers(parameters: TierPrices, info: TierPrices): readonly PriceTier[] | undefined {
  const tiers = thousands.flatMap((length): readonly PriceTier[] => {
    const found = Object.entries(prices).flatMap(([name, price]) => {
      const key = keyOf(price, length);
      const value = parameters[key] ?? info[key];
      return value === undefined ? [] : [[name, value] as const];
    });
    return found.length === 0 ? [] : [{ aboveTokens: 1_000 * length, ...Object.fromEntries(found) }];
  });
  return tiers.length === 0 ? undefined : tiers;
}
