import { boundedCount } from "@modelyard/core/kit";
import { lifetimes, readLifetimes, writeLifetimes } from "../cache-lifetimes.js";
import { AnswerFields, given, withRest } from "../fields.js";
import type { HubUsage } from "../hub/answer.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { messagesExtra } from "./read-blocks.js";

/** Anthropic counts what it read from its cache, and wrote to it, apart from the rest of the prompt. */
export function readUsage(usage: unknown): Partial<HubUsage> | undefined {
  if (!isJsonObject(usage)) return undefined;
  const fields = new AnswerFields(usage, "usage");
  const input = boundedCount(fields.any("input_tokens"));
  const cacheRead = boundedCount(fields.any("cache_read_input_tokens"));
  const cacheWrite = boundedCount(fields.any("cache_creation_input_tokens"));
  fields.in("cache_creation")?.skip(...lifetimes);
  const counts = given({
    input: input === undefined ? undefined : input + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: boundedCount(fields.any("output_tokens")),
    cacheRead,
    cacheWrite,
    cacheWriteByTtl: readLifetimes(usage["cache_creation"]),
    reasoning: boundedCount(fields.in("output_tokens_details")?.any("thinking_tokens")),
    serverTools: fields.object("server_tool_use"),
  });
  return { ...counts, ...given({ extra: messagesExtra(fields.rest()) }) };
}

/** All counts, as the end of a stream reports them. The first event of a translated stream has none. */
export function writeLastUsage(usage: Partial<HubUsage>): JsonObject {
  const split = given({ cache_creation: writeLifetimes(usage.cacheWriteByTtl) });
  return withRest({ ...writeCounts(usage), ...split }, usage.extra?.messages);
}

/** The three counts of the prompt never add up to more than the prompt. */
function writeCounts(usage: Partial<HubUsage>): JsonObject {
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0, reasoning, serverTools = null } = usage;
  const read = Math.min(input, cacheRead);
  const written = Math.min(input - read, cacheWrite);
  return {
    input_tokens: input - read - written,
    cache_read_input_tokens: read,
    cache_creation_input_tokens: written,
    output_tokens: output,
    output_tokens_details: reasoning === undefined ? null : { thinking_tokens: reasoning },
    server_tool_use: serverTools,
  };
}

/** Anthropic's word for a tier; `null` for one that it does not have. */
export function tierFor(tier: string | undefined): string | null {
  if (tier === "default") return "standard";
  return tier === "standard" || tier === "priority" || tier === "batch" ? tier : null;
}

/** The tier that served a request, which Messages reports with the usage. */
export function tierIn(usage: unknown): string | undefined {
  const tier = isJsonObject(usage) ? usage["service_tier"] : undefined;
  return typeof tier === "string" ? tier : undefined;
}

/** All fields that clients with types expect. */
export function writeUsage(usage: Partial<HubUsage>, tier?: string): JsonObject {
  const { cacheWriteByTtl, extra } = usage;
  const written = {
    ...writeCounts(usage),
    cache_creation: writeLifetimes(cacheWriteByTtl) ?? null,
    service_tier: tierFor(tier),
    inference_geo: null,
  };
  return withRest(written, extra?.messages);
}
