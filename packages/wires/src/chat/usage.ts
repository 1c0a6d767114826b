import { boundedCount, uncountedOutput } from "@modelyard/core/kit";
import { readLifetimes, writeLifetimes } from "../cache-lifetimes.js";
import type { Caller } from "../caller.js";
import { AnswerFields, given, withRest } from "../fields.js";
import type { HubUsage } from "../hub/answer.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { chatExtra } from "./read-content.js";

/** `undefined`: it says nothing that can be counted. */
export function readUsage(usage: unknown): HubUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const fields = new AnswerFields(usage, "usage");
  const prompt = boundedCount(fields.any("prompt_tokens"));
  const output = boundedCount(fields.any("completion_tokens"));
  if (prompt === undefined && output === undefined) return undefined;
  fields.skip("total_tokens");
  const of = fields.in("prompt_tokens_details");
  const read = highest(of?.any("cached_tokens"), usage["prompt_cache_hit_tokens"], usage["cache_read_input_tokens"]);
  const { cache_creation_tokens: created, cache_creation_token_details: split } = of?.value ?? {};
  const counts = given({
    cacheRead: read,
    cacheWrite: highest(of?.any("cache_write_tokens"), created, usage["cache_creation_input_tokens"]),
    cacheWriteByTtl: readLifetimes(usage["cache_creation"]) ?? readLifetimes(split),
    reasoning: boundedCount(fields.in("completion_tokens_details")?.any("reasoning_tokens")),
    serverTools: fields.object("server_tool_use"),
    estimated: fields.flag("estimated") === true ? true : undefined,
  });
  // Some hosts count as Anthropic does: the prompt without what they read from the cache.
  const input = (prompt ?? 0) < (read ?? 0) ? (prompt ?? 0) + (read ?? 0) : (prompt ?? 0);
  const cached = (read ?? 0) + (counts.cacheWrite ?? 0);
  const thoughts = uncountedOutput(usage["total_tokens"], input, output ?? 0, cached);
  return {
    input,
    output: (output ?? 0) + thoughts,
    ...counts,
    ...(thoughts > 0
      ? { reasoning: counts.reasoning === undefined || counts.reasoning === 0 ? thoughts : counts.reasoning }
      : {}),
    ...given({ extra: chatExtra(fields.rest()) }),
  };
}

/**
 * Counts that hosts and proxies report under names of their own, beside OpenAI's or instead of them. They stay in what a
 * chat gets, and are read as what they mean.
 */
export const otherNames: ReadonlySet<string> = new Set([
  "usage.prompt_cache_hit_tokens",
  "usage.prompt_cache_miss_tokens",
  "usage.cache_read_input_tokens",
  "usage.cache_creation_input_tokens",
  "usage.cache_creation",
  "usage.prompt_tokens_details.cache_creation_tokens",
  "usage.prompt_tokens_details.cache_creation_token_details",
]);

/** The count that is reported under one of several names. Under the others it is 0 or missing. */
function highest(...reports: readonly unknown[]): number | undefined {
  let count: number | undefined;
  for (const report of reports) {
    const bounded = boundedCount(report);
    if (bounded !== undefined && (count === undefined || bounded > count)) count = bounded;
  }
  return count;
}

export function writeUsage(usage: HubUsage, { likeLiteLLM }: Pick<Caller, "likeLiteLLM">): JsonObject {
  const { input, output, cacheRead, cacheWrite, cacheWriteByTtl, reasoning, estimated, serverTools, extra } = usage;
  const written: Record<string, unknown> = {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
  };
  if (likeLiteLLM === true) addAnthropicCounts(written, usage);
  else if (cacheRead !== undefined || cacheWrite !== undefined)
    written["prompt_tokens_details"] = given({ cached_tokens: cacheRead, cache_write_tokens: cacheWrite });
  if (reasoning !== undefined) written["completion_tokens_details"] = { reasoning_tokens: reasoning };
  const lifetimes = writeLifetimes(cacheWriteByTtl);
  if (lifetimes !== undefined) written["cache_creation"] = lifetimes;
  if (serverTools !== undefined) written["server_tool_use"] = serverTools;
  if (estimated !== undefined) written["estimated"] = estimated;
  return withRest(written, extra?.chat);
}

/** Anthropic's counts by every name that clients of LiteLLM read. */
function addAnthropicCounts(written: Record<string, unknown>, { cacheRead, cacheWrite, extra }: HubUsage): void {
  const creation = cacheWrite ?? 0;
  written["prompt_tokens_details"] = {
    cached_tokens: cacheRead ?? 0,
    cache_write_tokens: creation,
    cache_creation_tokens: creation,
  };
  if (cacheWrite !== undefined) written["cache_creation_input_tokens"] = cacheWrite;
  if (cacheRead !== undefined) written["cache_read_input_tokens"] = cacheRead;
  const tier = extra?.messages?.["service_tier"];
  if (tier !== undefined) written["service_tier"] = tier;
}
