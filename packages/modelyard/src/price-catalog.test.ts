import type { Clock } from "@modelyard/core";
import { VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { priceCatalog } from "./price-catalog.js";

const at = (time: string): Clock => new VirtualClock(Date.parse(time));

describe("priceCatalog", () => {
  it.each([
    ["openai", "gpt-4", 30, 60, 8_192],
    ["openai", "gpt-4o", 2.5, 10, 128_000],
    ["openai", "gpt-4o-2024-08-06", 2.5, 10, 128_000],
    ["openai", "ft:gpt-4o-2024-08-06:acme::abc", 3.75, 15, 128_000],
    ["openai", "ft:gpt-3.5-turbo-0125:acme::abc", 3, 6, 16_385],
    ["openai", "gpt-3.5-turbo-16k", 3, 4, 16_385],
    ["openai", "gpt-4-32k", 60, 120, 32_000],
    ["azure", "gpt-4", 30, 60, 8_192],
    ["azure", "azure/gpt-4", 30, 60, 8_192],
    ["azure", "openai/gpt-4o", 2.5, 10, 128_000],
    ["anthropic", "claude-2", 8, 24, 200_000],
    ["anthropic", "claude-3-5-sonnet-20241022", 3, 15, 200_000],
    ["anthropic", "claude-3-5-sonnet-latest", 3, 15, 200_000],
    ["anthropic", "claude-sonnet-4-5", 3, 15, 200_000],
    ["openrouter", "openai/gpt-4o", 2.5, 10, 128_000],
    ["together_ai", "meta-llama/Llama-3.3-70B-Instruct-Turbo", 0.88, 0.88, undefined],
  ])("returns the prices of %s/%s", async (provider, model, input, output, window) => {
    const facts = (await priceCatalog())(provider, model);
    expect(facts?.inputCostPerToken).toBe(Number((input / 1e6).toPrecision(12)));
    expect(facts?.outputCostPerToken).toBe(Number((output / 1e6).toPrecision(12)));
    expect(facts?.maxInputTokens).toBe(window);
  });

  it.each([
    ["openai", "no-such-model-at-all"],
    ["openai", "gpt-4nonsense"],
    ["azure", "my-deployment"],
    ["ollama", "llama3"],
    ["no-such-provider", "gpt-4"],
    ["openai", ""],
  ])("returns nothing for %s/%s", async (provider, model) => {
    expect((await priceCatalog())(provider, model)).toBeUndefined();
  });

  it("returns a price of cached tokens only if the catalog has one", async () => {
    const look = await priceCatalog();
    expect(look("openai", "gpt-4o")?.cachedInputCostPerToken).toBe(0.000_001_25);
    expect(look("openai", "gpt-4")).not.toHaveProperty("cachedInputCostPerToken");
  });

  it("returns no prices that are missing in the catalog, and 0 for the output of embeddings", async () => {
    const look = await priceCatalog();
    expect(look("openai", "omni-moderation-latest")).not.toHaveProperty("inputCostPerToken");
    expect(look("openai", "text-embedding-3-small")).toMatchObject({
      inputCostPerToken: 0.000_000_02,
      outputCostPerToken: 0,
    });
  });

  it("returns the price of short prompts if prices come in tiers, together with the higher tiers", async () => {
    const facts = (await priceCatalog())("google", "gemini-2.5-pro");
    expect(facts?.inputCostPerToken).toBe(0.000_001_25);
    expect(facts?.priceTiers).toMatchObject([
      { aboveTokens: 200_000, inputCostPerToken: 0.000_002_5, outputCostPerToken: 0.000_015 },
    ]);
    expect((await priceCatalog())("openai", "gpt-4o")).not.toHaveProperty("priceTiers");
  });

  it("returns the prices of writing to a vendor's cache for minutes and for an hour", async () => {
    const look = await priceCatalog();
    expect(look("anthropic", "claude-opus-4-5")).toMatchObject({
      cacheWriteCostPerToken: 0.000_006_25,
      cacheWriteHourCostPerToken: 0.000_01,
    });
    expect(look("openai", "gpt-4o")).not.toHaveProperty("cacheWriteCostPerToken");
  });

  it("does not depend on the time of day, even if a vendor is cheaper at night", async () => {
    const [day, night] = await Promise.all(
      ["2026-03-01T12:00:00Z", "2026-03-01T20:00:00Z"].map((time) => priceCatalog(at(time))),
    );
    expect(night?.("deepseek", "deepseek-chat")).toEqual(day?.("deepseek", "deepseek-chat"));
    expect(day?.("deepseek", "deepseek-chat")?.inputCostPerToken).toBe(0.000_000_27);
  });
});
