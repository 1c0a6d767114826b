import { describe, expect, it } from "vitest";
import { inYamlWords } from "./yaml-words.js";

describe("inYamlWords", () => {
  it.each([
    [
      "Set apiKey or the environment variable OPENAI_API_KEY.",
      "Set api_key or the environment variable OPENAI_API_KEY.",
    ],
    ["Set inputCostPerToken, or give the router a catalog.", "Set input_cost_per_token."],
    ["Use defaultFallbacks.", "Use default_fallbacks."],
    ['Add a prefix, e.g. "openai/x", or set provider.', 'Add a prefix, e.g. "openai/x", or set custom_llm_provider.'],
    ['Use a prefix, e.g. "openai/...", or add the provider in code.', 'Use a prefix, e.g. "openai/...".'],
  ])("replaces the names of options and advice for programs: %s", (message, expected) => {
    expect(inYamlWords(message)).toBe(expected);
  });

  it("leaves names of users and other words alone", () => {
    const message = 'there is no model group "apiKey" in JavaScript or for fooBar.';
    expect(inYamlWords(message)).toBe(message);
  });
});
