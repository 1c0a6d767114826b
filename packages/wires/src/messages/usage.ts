import { boundedCount } from "@modelyard/core/kit";
import { lifetimes, readLifetimes, writeLifetimes } from "../cache-lifetimes.js";
import { given, objectIn, unknownIn, withRest } from "../fields.js";
import type { HubUsage } from "../hub/answer.js";
import { isJsonObject, type JsonObject } from "../json.js";

const counted: ReadonlySet<string> = new Set([
  "input_tokens",
  "output_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "cache_creation",
  "output_tokens_details",
  "server_tool_use",
]);
const byLifetime: ReadonlySet<string> = new Set(lifetimes);
const details: ReadonlySet<string> = new Set(["thinking_tokens"]);

/**
 * Anthropic counts what it read from its cache, and wrote to it, apart from the rest of the prompt. It is read field by field,
 * without {@link AnswerFields}, since that takes 1 KB for each answer and each event with usage.
 */
export function readUsage(usage: unknown): Partial<HubUsage> | undefined {
  if (!isJsonObject(usage)) return undefined;
  const counts: { -readonly [Key in keyof HubUsage]?: HubUsage[Key] } = {};
  const input = boundedCount(usage["input_tokens"]);
  const output = boundedCount(usage["output_tokens"]);
  const cacheRead = boundedCount(usage["cache_read_input_tokens"]);
  const cacheWrite = boundedCount(usage["cache_creation_input_tokens"]);
  if (input !== undefined) counts.input = input + (cacheRead ?? 0) + (cacheWrite ?? 0);
  if (output !== undefined) counts.output = output;
  if (cacheRead !== undefined) counts.cacheRead = cacheRead;
  if (cacheWrite !== undefined) counts.cacheWrite = cacheWrite;
  const split = objectIn(usage, "cache_creation");
  const cacheWriteByTtl = readLifetimes(split);
  if (cacheWriteByTtl !== undefined) counts.cacheWriteByTtl = cacheWriteByTtl;
  const detailed = objectIn(usage, "output_tokens_details");
  const reasoning = boundedCount(detailed?.["thinking_tokens"]);
  if (reasoning !== undefined) counts.reasoning = reasoning;
  const serverTools = objectIn(usage, "server_tool_use");
  if (serverTools !== undefined) counts.serverTools = serverTools;
  const extra = unknownIn(usage, counted);
  const more = given({
    cache_creation: split && unknownIn(split, byLifetime),
    output_tokens_details: detailed && unknownIn(detailed, details),
  });
  if (extra !== undefined || hasFields(more)) counts.extra = { messages: { ...extra, ...more } };
  return counts;
}

function hasFields(value: object): boolean {
  for (const _ in value) return true;
  return false;
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
