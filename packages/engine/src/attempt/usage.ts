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
} from "@modelyard/core/kit";

const detailFields = ["prompt_tokens_details", "completion_tokens_details"] as const;

/**
 * A vendor's usage report, completed with every count that costs, limits and metrics need: embeddings have no
 * `completion_tokens`, and some hosts omit more. A complete report is returned unchanged. If the report says too
 * little, or contains an implausible number of tokens, the result is `undefined` and everything is estimated.
 */
export function normalizeUsage(reported: unknown): Usage | undefined {
  // Called for every answer, so a complete, plausible report causes no allocation.
  if (!isJsonObject(reported)) return undefined;
  const { prompt_tokens: prompts, completion_tokens: completions, total_tokens: all } = reported;
  if (isAbsurd(prompts) || isAbsurd(completions) || isAbsurd(all)) return undefined;
  const { prompt_tokens_details: promptSplit, completion_tokens_details: completionSplit } = reported;
  const usage = isAbsurdSplit(promptSplit) || isAbsurdSplit(completionSplit) ? withoutSplit(reported) : reported;
  const prompt = boundedCount(usage["prompt_tokens"]);
  const completion = boundedCount(usage["completion_tokens"]);
  const total = boundedCount(usage["total_tokens"]);
  if (prompt !== undefined && completion !== undefined && total !== undefined) return usage as unknown as Usage;
  // With only the tokens of the answer, the prompt would be free.
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

function rest(total: Count | undefined, part: Count | undefined): Count {
  return boundedCount(Math.max(0, (total ?? 0) - (part ?? 0))) ?? (0 as Count);
}

/** Whether it is a number that is too large for a count. Then the rest of the report is not used either. */
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

/** US dollars of an answer; `undefined` if a price or the usage is unknown. */
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

/** The highest tier whose threshold the prompt exceeds. */
function tierOf(tiers: readonly PriceTier[], promptTokens: number): PriceTier | undefined {
  return tiers.findLast(({ aboveTokens }) => promptTokens > aboveTokens);
}

/** How many tokens of a prompt were read from the vendor's cache or written to it. Each token is counted once. */
interface PromptSplit {
  /** Neither read from the vendor's cache nor written to it. */
  readonly fresh: number;
  readonly read: number;
  /** Written for minutes. */
  readonly written: number;
  readonly writtenForAnHour: number;
}

/**
 * What usage says about the vendor's cache. Hosts with OpenAI's wire have several names for it besides `cached_tokens`:
 * `prompt_cache_hit_tokens`, `cache_write_tokens`, `cache_creation`, and LiteLLM's for the same. Together they are
 * never more than the prompt.
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

/** If there are several names for one count, some are 0 or missing. */
function most(...reports: readonly unknown[]): number {
  return reports.reduce<number>((highest, report) => Math.max(highest, boundedCount(report) ?? 0), 0);
}

function hourIn(split: unknown): unknown {
  return isJsonObject(split) ? split["ephemeral_1h_input_tokens"] : 0;
}

/** Whether the vendor cannot have seen the call. Then its request slot is returned. */
export function neverSent(error: RouterError): boolean {
  if (error.kind === "unsupported_params" && error.upstream === undefined) return true;
  return error.cause instanceof TransportError && error.cause.phase === "connect";
}

const unanswered: ReadonlySet<Blame> = new Set(["transport", "caller"]);

/** Tokens that a failed call costs: those of the prompt if the vendor may have processed it, otherwise none. */
export function chargedFor(kind: ErrorKind, sent: boolean, inputTokens: number): number {
  return sent && unanswered.has(errorKinds[kind].blame) ? inputTokens : 0;
}

/** How quickly the expected length of an answer adapts to new answers. */
const learning = 0.2;

/**
 * The expected length of an answer after one more was seen, in whole tokens (docs/internals.md, "A call reads few places in
 * memory").
 */
export function expectedAfter(expected: number, seen: number): number {
  const step = (seen - expected) * learning;
  return expected + (step > 0 ? Math.ceil(step) : Math.floor(step));
}
