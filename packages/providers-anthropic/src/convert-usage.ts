import type Anthropic from "@anthropic-ai/sdk";
import type { Usage } from "@modelyard/core";

/** What a message or a stream's event says of its tokens; hosts leave much of it out. */
export type Counts = Partial<Anthropic.Usage>;

/** A count; what is not a number counts as nothing. One that is absurdly large stays, so that the router estimates instead. */
function count(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}

/** Anthropic counts cached tokens apart; OpenAI counts them in. What it reports beyond is kept under its own name. */
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
    // What is written to the cache has two names: OpenAI's own, and the one that LiteLLM gave it before.
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: created, cache_creation_tokens: created },
    // The split by how long it is kept, which has a price each, and the names that clients of Anthropic look for.
    ...(usage.cache_creation == null ? {} : { cache_creation: usage.cache_creation }),
    ...(usage.cache_creation_input_tokens == null ? {} : { cache_creation_input_tokens: created }),
    ...(usage.cache_read_input_tokens == null ? {} : { cache_read_input_tokens: cached }),
    ...(thinking === undefined ? {} : { completion_tokens_details: { reasoning_tokens: thinking } }),
    ...(usage.server_tool_use == null ? {} : { server_tool_use: usage.server_tool_use }),
    ...(usage.service_tier == null ? {} : { service_tier: usage.service_tier }),
  };
}

/** Later reports of a stream replace earlier ones, field by field; what they leave open stays. */
export function mergeCounts(before: Counts, after: Partial<Anthropic.MessageDeltaUsage> | undefined): Counts {
  const told = Object.entries(after ?? {}).filter(([, value]) => value != null);
  return { ...before, ...(Object.fromEntries(told) as Counts) };
}
