import { boundedCount } from "@modelyard/core/kit";
import { given } from "../fields.js";
import type { HubUsage } from "../hub/answer.js";
import { isJsonObject, type JsonObject } from "../json.js";

const named: ReadonlySet<string> = new Set([
  "input_tokens",
  "output_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "cache_creation",
  "output_tokens_details",
  "server_tool_use",
]);

/** Anthropic counts what it read from its cache, and wrote to it, apart from the rest of the prompt. */
export function readUsage(usage: unknown): Partial<HubUsage> | undefined {
  if (!isJsonObject(usage)) return undefined;
  const input = boundedCount(usage["input_tokens"]);
  const cacheRead = boundedCount(usage["cache_read_input_tokens"]);
  const cacheWrite = boundedCount(usage["cache_creation_input_tokens"]);
  const split = usage["cache_creation"];
  const details = usage["output_tokens_details"];
  const rest = Object.fromEntries(Object.entries(usage).filter(([key, value]) => !named.has(key) && value !== null));
  return given({
    input: input === undefined ? undefined : input + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: boundedCount(usage["output_tokens"]),
    cacheRead,
    cacheWrite,
    cacheWriteByTtl: isJsonObject(split)
      ? given({
          "5m": boundedCount(split["ephemeral_5m_input_tokens"]),
          "1h": boundedCount(split["ephemeral_1h_input_tokens"]),
        })
      : undefined,
    reasoning: isJsonObject(details) ? boundedCount(details["thinking_tokens"]) : undefined,
    serverTools: isJsonObject(usage["server_tool_use"]) ? usage["server_tool_use"] : undefined,
    extra: Object.keys(rest).length === 0 ? undefined : { messages: rest },
  });
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
  return {
    ...writeDeltaUsage(usage),
    cache_creation:
      split === undefined
        ? null
        : { ephemeral_5m_input_tokens: split["5m"] ?? 0, ephemeral_1h_input_tokens: split["1h"] ?? 0 },
    service_tier: tierFor(tier),
    inference_geo: null,
    ...extra?.messages,
  };
}
