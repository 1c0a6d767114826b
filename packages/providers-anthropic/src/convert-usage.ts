import type Anthropic from "@anthropic-ai/sdk";
import type { Usage } from "@modelyard/core";

/** The token counts in a message or a stream's event. Hosts omit many of them. */
export type Counts = Partial<Anthropic.Usage>;

/** A count; 0 if it is not a number. An absurdly large one is kept, so that the router uses an estimate instead. */
function count(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}

/** Anthropic counts cached tokens separately, OpenAI includes them. Counts without an equivalent keep Anthropic's names. */
export function convertUsage(usage: Counts): Usage {
  const cached = count(usage.cache_read_input_tokens);
  const created = count(usage.cache_creation_input_tokens);
  const prompt = count(usage.input_tokens) + cached + created;
  const completion = count(usage.output_tokens);
  const thinking = usage.output_tokens_details?.thinking_tokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    // Tokens written to the cache have two names: OpenAI's, and the one that LiteLLM used before.
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: created, cache_creation_tokens: created },
    // The counts by how long the cache keeps them, each with its own price, and the names that Anthropic's clients read.
    ...(usage.cache_creation == null ? {} : { cache_creation: usage.cache_creation }),
    ...(usage.cache_creation_input_tokens == null ? {} : { cache_creation_input_tokens: created }),
    ...(usage.cache_read_input_tokens == null ? {} : { cache_read_input_tokens: cached }),
    ...(thinking === undefined ? {} : { completion_tokens_details: { reasoning_tokens: thinking } }),
    ...(usage.server_tool_use == null ? {} : { server_tool_use: usage.server_tool_use }),
    ...(usage.service_tier == null ? {} : { service_tier: usage.service_tier }),
  };
}

/** Later counts of a stream replace earlier ones, field by field. Counts that are not reported again stay. */
export function mergeCounts(before: Counts, after: Partial<Anthropic.MessageDeltaUsage> | undefined): Counts {
  const merged: Record<string, unknown> = { ...before };
  for (const field in after) {
    const value = after[field as keyof typeof after];
    if (value != null) merged[field] = value;
  }
  return merged;
}
