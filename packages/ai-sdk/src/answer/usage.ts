import type { JSONObject, LanguageModelV4FinishReason, LanguageModelV4Usage } from "@ai-sdk/provider";
import type { Usage } from "@modelyard/core";
import type { HubStop, HubUsage } from "@modelyard/wires";

/** The tokens of an answer. @param counted - by the router, for answers without a report */
export function writeUsage(usage: Partial<HubUsage> | undefined, counted: Usage | undefined): LanguageModelV4Usage {
  const { input = counted?.prompt_tokens, output = counted?.completion_tokens } = usage ?? {};
  const cacheRead = usage?.cacheRead ?? counted?.prompt_tokens_details?.cached_tokens;
  const cacheWrite = usage?.cacheWrite ?? counted?.prompt_tokens_details?.cache_write_tokens;
  const reasoning = usage?.reasoning ?? counted?.completion_tokens_details?.reasoning_tokens;
  return {
    inputTokens: {
      total: input,
      noCache: input === undefined ? undefined : Math.max(0, input - (cacheRead ?? 0) - (cacheWrite ?? 0)),
      cacheRead,
      cacheWrite,
    },
    outputTokens: {
      total: output,
      text: output === undefined ? undefined : Math.max(0, output - (reasoning ?? 0)),
      reasoning,
    },
    ...(counted === undefined ? {} : { raw: counted as unknown as JSONObject }),
  };
}

const unified: Readonly<Record<HubStop["reason"], LanguageModelV4FinishReason["unified"]>> = {
  end: "stop",
  stop_sequence: "stop",
  length: "length",
  context_window: "length",
  tool_calls: "tool-calls",
  refusal: "content-filter",
  content_filter: "content-filter",
  error: "error",
  pause: "other",
  compaction: "other",
  max_messages: "other",
  steered: "other",
  other: "other",
};

export function writeFinish(stop: HubStop): LanguageModelV4FinishReason {
  return { unified: unified[stop.reason], raw: stop.reason === "other" ? stop.value : stop.reason };
}
