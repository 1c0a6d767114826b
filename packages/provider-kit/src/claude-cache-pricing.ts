import type { CachePricing } from "@modelyard/core/kit";

/**
 * Claude's prompt cache, for the providers whose vendors serve it: each of them charges as Anthropic does.
 * Source: docs.claude.com, "Prompt caching", section "Pricing".
 */
export const claudeCachePricing: CachePricing = {
  // `claude-sonnet-4-5`, `us.anthropic.claude-sonnet-4-5-v1:0`, `anthropic/claude-sonnet-4.5`.
  models: /(?:^|[./])claude-/u,
  read: 0.1,
  write: 1.25,
  writeHour: 2,
};
