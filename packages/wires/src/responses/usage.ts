import { boundedCount } from "@modelyard/core/kit";
import { given } from "../fields.js";
import type { HubUsage } from "../hub/answer.js";
import { isJsonObject, type JsonObject } from "../json.js";

/** `undefined`: it says nothing that can be counted. */
export function readUsage(usage: unknown): HubUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const input = boundedCount(usage["input_tokens"]);
  const output = boundedCount(usage["output_tokens"]);
  if (input === undefined && output === undefined) return undefined;
  return {
    input: input ?? 0,
    output: output ?? 0,
    ...given({
      cacheRead: detail(usage["input_tokens_details"], "cached_tokens"),
      cacheWrite: detail(usage["input_tokens_details"], "cache_write_tokens"),
      reasoning: detail(usage["output_tokens_details"], "reasoning_tokens"),
    }),
  };
}

function detail(details: unknown, name: string): number | undefined {
  return isJsonObject(details) ? boundedCount(details[name]) : undefined;
}

/** Details are always there: Codex reads them as numbers. */
export function writeUsage({ input, output, cacheRead, cacheWrite, reasoning }: HubUsage): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheRead ?? 0, ...given({ cache_write_tokens: cacheWrite }) },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning ?? 0 },
    total_tokens: input + output,
  };
}
