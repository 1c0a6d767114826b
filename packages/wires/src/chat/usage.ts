import { isJsonObject, type JsonObject } from "../json.js";
import { boundedCount } from "@modelyard/core/kit";
import { given } from "../fields.js";
import type { HubUsage } from "../hub/answer.js";

const named: ReadonlySet<string> = new Set([
  "prompt_tokens",
  "completion_tokens",
  "total_tokens",
  "prompt_tokens_details",
  "completion_tokens_details",
]);

/** `undefined`: it says nothing that can be counted. */
export function readUsage(usage: unknown): HubUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const prompt = boundedCount(usage["prompt_tokens"]);
  const output = boundedCount(usage["completion_tokens"]);
  if (prompt === undefined && output === undefined) return undefined;
  const read = detail(usage["prompt_tokens_details"], "cached_tokens");
  const cacheWrite =
    detail(usage["prompt_tokens_details"], "cache_write_tokens") ??
    detail(usage["prompt_tokens_details"], "cache_creation_tokens");
  const rest = Object.fromEntries(Object.entries(usage).filter(([key]) => !named.has(key)));
  return {
    // Some hosts count as Anthropic does: the prompt without what they read from the cache.
    input: (prompt ?? 0) < (read ?? 0) ? (prompt ?? 0) + (read ?? 0) : (prompt ?? 0),
    output: output ?? 0,
    ...given({
      cacheRead: read,
      cacheWrite,
      reasoning: detail(usage["completion_tokens_details"], "reasoning_tokens"),
      estimated: usage["estimated"] === true ? true : undefined,
      extra: Object.keys(rest).length === 0 ? undefined : { chat: rest },
    }),
  };
}

function detail(details: unknown, name: string): number | undefined {
  return isJsonObject(details) ? boundedCount(details[name]) : undefined;
}

export function writeUsage(usage: HubUsage): JsonObject {
  const { input, output, cacheRead, cacheWrite, reasoning, estimated, serverTools, extra } = usage;
  const prompt = given({ cached_tokens: cacheRead, cache_write_tokens: cacheWrite });
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(Object.keys(prompt).length === 0 ? {} : { prompt_tokens_details: prompt }),
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
    ...given({ server_tool_use: serverTools, estimated }),
    ...extra?.chat,
  };
}
