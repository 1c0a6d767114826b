import { describe, expect, it } from "vitest";
import { claudeCachePricing } from "./claude-cache-pricing.js";

describe("the pricing of Claude's prompt cache", () => {
  it.each(["us.anthropic.claude-sonnet-4-5-v1:0", "anthropic/claude-sonnet-4.5", "claude-3-haiku"])(
    "applies to %s",
    (model) => {
      expect(claudeCachePricing.models.test(model)).toBe(true);
    },
  );

  it.each(["gpt-5", "deepseek-chat", "not-claude-at-all"])("does not apply to %s", (model) => {
    expect(claudeCachePricing.models.test(model)).toBe(false);
  });
});
