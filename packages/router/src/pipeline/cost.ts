import type { Prices, Usage } from "@modelyard/core";

/** US dollars of an answer; `undefined` when a price or the usage is unknown. */
export function costOf(prices: Prices, usage: Usage | undefined): number | undefined {
  if (usage === undefined) return undefined;
  const { inputCostPerToken, outputCostPerToken } = prices;
  if (inputCostPerToken === undefined) return undefined;
  if (outputCostPerToken === undefined && usage.completion_tokens > 0) return undefined;
  const reported: unknown = usage.prompt_tokens_details?.cached_tokens;
  const cached = typeof reported === "number" ? Math.max(0, Math.min(reported, usage.prompt_tokens)) : 0;
  return (
    (usage.prompt_tokens - cached) * inputCostPerToken +
    cached * (prices.cachedInputCostPerToken ?? inputCostPerToken) +
    usage.completion_tokens * (outputCostPerToken ?? 0)
  );
}
