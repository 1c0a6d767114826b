import { boundedCount } from "@modelyard/core/kit";
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
  const split = fields.in("cache_creation");
  const byTtl = given({
    "5m": boundedCount(split?.any("ephemeral_5m_input_tokens")),
    "1h": boundedCount(split?.any("ephemeral_1h_input_tokens")),
  });
  const counts = given({
    input: input === undefined ? undefined : input + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: boundedCount(fields.any("output_tokens")),
    cacheRead,
    cacheWrite,
    cacheWriteByTtl: Object.keys(byTtl).length === 0 ? undefined : byTtl,
    reasoning: boundedCount(fields.in("output_tokens_details")?.any("thinking_tokens")),
    serverTools: fields.object("server_tool_use"),
  });
  return { ...counts, ...given({ extra: messagesExtra(fields.rest()) }) };
}

/** All counts, as the end of a stream reports them. */
export function writeDeltaUsage(usage: Partial<HubUsage>): JsonObject {
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0, reasoning, serverTools = null } = usage;
  return {
    input_tokens: Math.max(0, input - cacheRead - cacheWrite),
    cache_read_input_tokens: cacheRead,
    cache_creation_input_tokens: cacheWrite,
    output_tokens: output,
    output_tokens_details: reasoning === undefined ? null : { thinking_tokens: reasoning },
    server_tool_use: serverTools,
  };
}

/** Anthropic's word for a tier; `null` for one that it does not have. */
function tierFor(tier: string | undefined): string | null {
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
  const { cacheWriteByTtl: split, extra } = usage;
  const known = split?.["5m"] !== undefined || split?.["1h"] !== undefined;
  const written = {
    ...writeDeltaUsage(usage),
    cache_creation: known
      ? { ephemeral_5m_input_tokens: split["5m"] ?? 0, ephemeral_1h_input_tokens: split["1h"] ?? 0 }
      : null,
    service_tier: tierFor(tier),
    inference_geo: null,
  };
  return withRest(written, extra?.messages);
}
