import { inferProvider } from "@modelyard/router";
import { describe, expect, it } from "vitest";
import { builtInProviders } from "./registry.js";

const providers = builtInProviders({ env: {} });
const registered = new Map(providers.map((provider) => [provider.name, provider]));

describe("a model name without a provider", () => {
  it.each([
    ["gpt-4o", "openai"],
    ["chatgpt-4o-latest", "openai"],
    ["o1", "openai"],
    ["o3-mini", "openai"],
    ["text-embedding-3-small", "openai"],
    ["ft:gpt-4o:org::id", "openai"],
    ["whisper-1", "openai"],
    ["tts-1-hd", "openai"],
    ["dall-e-3", "openai"],
    ["sora-2", "openai"],
    ["imagen-4.0-generate-001", "gemini"],
    ["*", "openai"],
    ["claude-sonnet-4-5", "anthropic"],
    ["gemini-2.5-pro", "gemini"],
    ["mistral-large-latest", "mistral"],
    ["open-mixtral-8x7b", "mistral"],
    ["deepseek-chat", "deepseek"],
    ["grok-4", "xai"],
    ["sonar", "perplexity"],
    ["sonar-pro", "perplexity"],
  ])("%s is claimed by exactly one built-in provider, %s", (model, provider) => {
    expect(providers.filter(({ claims }) => claims?.test(model)).map(({ name }) => name)).toEqual([provider]);
    expect(inferProvider(model, undefined, registered, "model")).toEqual({ provider, model });
  });
});

describe("a built-in provider", () => {
  it.each(providers)("$name names the environment variable of its base URL, and has a lower-case name", (one) => {
    expect(one.environment?.apiBase).not.toHaveLength(0);
    expect(one.catalogId ?? one.name).toMatch(/^[\w-]+$/u);
  });
});
