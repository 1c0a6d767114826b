import {
  type ErrorKind,
  errorKinds,
  type JsonObject,
  type Prices,
  type RouterError,
  type Usage,
} from "@modelyard/core";
import {
  type Blame,
  boundedCount,
  type Count,
  isJsonObject,
  largestCount,
  type PriceTier,
  TransportError,
  uncountedOutput,
} from "@modelyard/core/kit";

const detailFields = ["prompt_tokens_details", "completion_tokens_details"] as const;

/**
 * Completes the usage that a vendor reports, so that it has all counts that costs, limits and metrics need: embeddings
 * lack `completion_tokens`, and some hosts omit more. A complete report is returned as it is. Returns `undefined` if
 * too much is missing or a count is implausible, in which case the usage is estimated.
 */
export function normalizeUsage(reported: unknown): Usage | undefined {
  // This runs for every answer, so the path of a complete and plausible report allocates nothing.
  if (!isJsonObject(reported)) return undefined;
  const { prompt_tokens: prompts, completion_tokens: completions, total_tokens: all } = reported;
  if (isAbsurd(prompts) || isAbsurd(completions) || isAbsurd(all)) return undefined;
  const { prompt_tokens_details: promptSplit, completion_tokens_details: completionSplit } = reported;
  const usage = isAbsurdSplit(promptSplit) || isAbsurdSplit(completionSplit) ? withoutSplit(reported) : reported;
  const prompt = boundedCount(usage["prompt_tokens"]);
  const completion = boundedCount(usage["completion_tokens"]);
  const total = boundedCount(usage["total_tokens"]);
  if (prompt !== undefined && completion !== undefined && total !== undefined)
    return total > prompt + completion ? withThoughts(usage as unknown as Usage) : (usage as unknown as Usage);
  // With only the tokens of the answer, the prompt would seem to be free.
  if (prompt === undefined && total === undefined) return undefined;
  const promptTokens = prompt ?? rest(total, completion);
  const completionTokens = completion ?? rest(total, promptTokens);
  return {
    ...usage,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: total ?? promptTokens + completionTokens,
  };
}

/** Usage whose answer includes what only the sum counts. */
function withThoughts(usage: Usage): Usage {
  const { prompt_tokens: prompt, completion_tokens: completion, completion_tokens_details: details } = usage;
  const { read, written, writtenForAnHour } = splitPrompt({ ...usage, prompt_tokens: largestCount });
  const thoughts = uncountedOutput(usage.total_tokens, prompt, completion, read + written + writtenForAnHour);
  if (thoughts === 0) return usage;
  return {
    ...usage,
    completion_tokens: completion + thoughts,
    completion_tokens_details: {
      ...details,
      reasoning_tokens:
        details?.reasoning_tokens === undefined || details.reasoning_tokens === 0 ? thoughts : details.reasoning_tokens,
    },
  };
}

function rest(total: Count | undefined, part: Count | undefined): Count {
  return boundedCount(Math.max(0, (total ?? 0) - (part ?? 0))) ?? (0 as Count);
}

/** Whether a value is a number that is too large for a count. Such a report is not trusted at all. */
function isAbsurd(value: unknown): boolean {
  return typeof value === "number" && value > largestCount;
}

/** Whether some part of a count, such as the cached tokens of a prompt, is an implausible number. */
function isAbsurdSplit(split: unknown): boolean {
  if (!isJsonObject(split)) return false;
  for (const name in split) {
    const part = split[name];
    if (typeof part === "number" && boundedCount(part) === undefined) return true;
  }
  return false;
}

function withoutSplit(reported: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(reported).filter(([name]) => !detailFields.some((split) => split === name)));
}

/** The cost of an answer in US dollars, or `undefined` if a price or the usage is unknown. */
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

/** The highest price tier that a prompt reaches. */
function tierOf(tiers: readonly PriceTier[], promptTokens: number): PriceTier | undefined {
  return tiers.findLast(({ aboveTokens }) => promptTokens > aboveTokens);
}

/** A prompt's tokens by how the vendor's cache was used. Each token is counted once. */
interface PromptSplit {
  /** Tokens that were neither read from the cache nor written to it. */
  readonly fresh: number;
  readonly read: number;
  /** Tokens that were written to the cache for the vendor's standard time of a few minutes. */
  readonly written: number;
  readonly writtenForAnHour: number;
}

/**
 * Splits a prompt's tokens by how the vendor's cache was used. Hosts of OpenAI's wire format have several names for the
 * counts besides `cached_tokens`: `prompt_cache_hit_tokens`, `cache_write_tokens`, `cache_creation`, and LiteLLM's
 * names for the same. The parts never add up to more than the prompt.
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

/** The count that is reported under one of several names. Under the others, it is 0 or missing. */
function most(...reports: readonly unknown[]): number {
  return reports.reduce<number>((highest, report) => Math.max(highest, boundedCount(report) ?? 0), 0);
}

function hourIn(split: unknown): unknown {
  return isJsonObject(split) ? split["ephemeral_1h_input_tokens"] : 0;
}

/** Whether the vendor cannot have received the call, so that its request slot is given back. */
export function neverSent(error: RouterError): boolean {
  if (error.kind === "invalid_request") return true;
  if (error.kind === "unsupported_params" && error.upstream === undefined) return true;
  return error.cause instanceof TransportError && error.cause.phase === "connect";
}

const unanswered: ReadonlySet<Blame> = new Set(["transport", "caller"]);

/** The tokens that a failed call counts: those of the prompt if the vendor may have processed it, otherwise none. */
export function chargedFor(kind: ErrorKind, sent: boolean, inputTokens: number): number {
  return sent && unanswered.has(errorKinds[kind].blame) ? inputTokens : 0;
}

/** The weight of the newest answer in the moving average of answers' lengths. */
const newestWeight = 0.2;

/**
 * Updates the moving average of answers' lengths, in whole tokens (docs/internals.md, "A call reads few places in memory").
 */
export function expectedAfter(expected: number, seen: number): number {
  const step = (seen - expected) * newestWeight;
  return expected + (step > 0 ? Math.ceil(step) : Math.floor(step));
}
