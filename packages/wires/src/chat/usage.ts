import { boundedCount } from "@modelyard/core/kit";
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
  const read = boundedCount(of?.any("cached_tokens"));
  const counts = given({
    cacheRead: read,
    cacheWrite: boundedCount(of?.any("cache_write_tokens")) ?? boundedCount(of?.any("cache_creation_tokens")),
    reasoning: boundedCount(fields.in("completion_tokens_details")?.any("reasoning_tokens")),
    serverTools: fields.object("server_tool_use"),
    estimated: fields.flag("estimated") === true ? true : undefined,
  });
  return {
    // Some hosts count as Anthropic does: the prompt without what they read from the cache.
    input: (prompt ?? 0) < (read ?? 0) ? (prompt ?? 0) + (read ?? 0) : (prompt ?? 0),
    output: output ?? 0,
    ...counts,
    ...given({ extra: chatExtra(fields.rest()) }),
  };
}

export function writeUsage(usage: HubUsage): JsonObject {
  const { input, output, cacheRead, cacheWrite, reasoning, estimated, serverTools, extra } = usage;
  const prompt = given({ cached_tokens: cacheRead, cache_write_tokens: cacheWrite });
  const written = {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(Object.keys(prompt).length === 0 ? {} : { prompt_tokens_details: prompt }),
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
    ...given({ server_tool_use: serverTools, estimated }),
  };
  return withRest(written, extra?.chat);
}
