import { boundedCount, isJsonObject, type Prices, type PriceTier, type Usage } from "@modelyard/core";

/** US dollars of an answer; `undefined` when a price or the usage is unknown. */
export function costOf(prices: Prices, usage: Usage | undefined): number | undefined {
  if (usage === undefined) return undefined;
  const tier = prices.tiers === undefined ? undefined : tierOf(prices.tiers, usage.prompt_tokens);
  const input = tier?.inputCostPerToken ?? prices.inputCostPerToken;
  const output = tier?.outputCostPerToken ?? prices.outputCostPerToken;
  if (input === undefined) return undefined;
  if (output === undefined && usage.completion_tokens > 0) return undefined;
  const { fresh, read, written, writtenForAnHour } = splitPrompt(usage);
  const write = tier?.cacheWriteCostPerToken ?? prices.cacheWriteCostPerToken ?? input;
  return (
    fresh * input +
    read * (tier?.cachedInputCostPerToken ?? prices.cachedInputCostPerToken ?? input) +
    written * write +
    writtenForAnHour * (tier?.cacheWriteHourCostPerToken ?? prices.cacheWriteHourCostPerToken ?? write) +
    usage.completion_tokens * (output ?? 0)
  );
}

/** The last tier that a prompt is long enough for. */
function tierOf(tiers: readonly PriceTier[], promptTokens: number): PriceTier | undefined {
  return tiers.findLast(({ aboveTokens }) => promptTokens > aboveTokens);
}

/** Where a prompt's tokens came from, and where they went. Each token is counted once. */
interface PromptSplit {
  /** Neither read from the vendor's cache nor written to it. */
  readonly fresh: number;
  readonly read: number;
  /** Written for minutes. */
  readonly written: number;
  readonly writtenForAnHour: number;
}

/**
 * What usage says of the vendor's cache. Vendors have several names for it: OpenAI's `cached_tokens`, DeepSeek's
 * `prompt_cache_hit_tokens`, OpenRouter's `cache_write_tokens`, Anthropic's `cache_creation`, and LiteLLM's for the same.
 * Together they are never more than the prompt.
 */
function splitPrompt(usage: Usage): PromptSplit {
  const { prompt_tokens: prompt, prompt_tokens_details: details } = usage;
  const read = Math.min(
    prompt,
    most(details?.cached_tokens, usage["prompt_cache_hit_tokens"], usage["cache_read_input_tokens"]),
  );
  const all = Math.min(
    prompt - read,
    most(details?.cache_write_tokens, details?.cache_creation_tokens, usage["cache_creation_input_tokens"]),
  );
  const hour = Math.min(all, most(hourIn(usage["cache_creation"]), hourIn(details?.["cache_creation_token_details"])));
  return { fresh: prompt - read - all, read, written: all - hour, writtenForAnHour: hour };
}

/** Of several names for one count some are 0 or not there. */
function most(...reports: readonly unknown[]): number {
  return reports.reduce<number>((highest, report) => Math.max(highest, boundedCount(report) ?? 0), 0);
}

function hourIn(split: unknown): unknown {
  return isJsonObject(split) ? split["ephemeral_1h_input_tokens"] : 0;
}
