import { boundedCount, uncountedOutput } from "@modelyard/core/kit";
import { AnswerFields, given, withRest } from "../fields.js";
import type { HubUsage } from "../hub/answer.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { responsesExtra } from "./read-parts.js";

/** `undefined`: it says nothing that can be counted. */
export function readUsage(usage: unknown): HubUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const fields = new AnswerFields(usage, "usage");
  const input = boundedCount(fields.any("input_tokens"));
  const output = boundedCount(fields.any("output_tokens"));
  if (input === undefined && output === undefined) return undefined;
  fields.skip("total_tokens");
  const of = fields.in("input_tokens_details");
  const written = of?.in("cache_write_tokens_details");
  const byTtl = given({
    "30m": boundedCount(written?.any("ttl_30m_tokens")),
    "12h": boundedCount(written?.any("ttl_12h_tokens")),
  });
  const counts = given({
    cacheRead: boundedCount(of?.any("cached_tokens")),
    cacheWrite: boundedCount(of?.any("cache_write_tokens")),
    cacheWriteByTtl: Object.keys(byTtl).length === 0 ? undefined : byTtl,
    reasoning: boundedCount(fields.in("output_tokens_details")?.any("reasoning_tokens")),
  });
  const cached = (counts.cacheRead ?? 0) + (counts.cacheWrite ?? 0);
  const thoughts = uncountedOutput(usage["total_tokens"], input ?? 0, output ?? 0, cached);
  return {
    input: input ?? 0,
    output: (output ?? 0) + thoughts,
    ...counts,
    ...(thoughts > 0
      ? { reasoning: counts.reasoning === undefined || counts.reasoning === 0 ? thoughts : counts.reasoning }
      : {}),
    ...given({ extra: responsesExtra(fields.rest()) }),
  };
}

/** The number of web searches, in the place that a response has for it. */
export function writeSearches({ serverTools }: Partial<HubUsage>): JsonObject | undefined {
  const searches = boundedCount(serverTools?.["web_search_requests"]) ?? 0;
  return searches === 0 ? undefined : { web_search: { num_requests: searches } };
}

/** Details are always there: Codex reads them as numbers. */
export function writeUsage({ input, output, cacheRead, cacheWrite, reasoning, ...usage }: HubUsage): JsonObject {
  const { "30m": short, "12h": long } = usage.cacheWriteByTtl ?? {};
  const byTtl =
    short === undefined && long === undefined ? undefined : { ttl_30m_tokens: short ?? 0, ttl_12h_tokens: long ?? 0 };
  const written = {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: cacheRead ?? 0,
      ...given({ cache_write_tokens: cacheWrite, cache_write_tokens_details: byTtl }),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning ?? 0 },
    total_tokens: input + output,
  };
  return withRest(written, usage.extra?.responses);
}
