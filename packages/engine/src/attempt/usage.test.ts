import type { Prices, Usage } from "@modelyard/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { completePrices } from "../plan/known-prices.js";
import { costOf } from "./usage.js";

const usage = (prompt: number, completion: number, more: object = {}): Usage => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  ...more,
});
const none: Prices = { inputCostPerToken: undefined, outputCostPerToken: undefined };
const sonnet = completePrices({ inputCostPerToken: 3e-6, outputCostPerToken: 15e-6 }, undefined, "claude-sonnet-4-5");

describe("the cost of a prompt that the vendor keeps", () => {
  const written = (hour: number): Usage =>
    usage(100_010, 100, {
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 100_000 },
      cache_creation: { ephemeral_5m_input_tokens: 100_000 - hour, ephemeral_1h_input_tokens: hour },
    });

  it.each([
    ["for five minutes", 0, 0.376_53],
    ["for an hour", 100_000, 0.601_53],
    ["half of it for an hour", 50_000, 0.489_03],
  ])("at Anthropic is that of its multiples: %s", (_, hour, cost) => {
    expect(costOf(sonnet, written(hour))).toBeCloseTo(cost, 8);
  });

  it("at Anthropic is a tenth when it is read again", () => {
    expect(costOf(sonnet, usage(100_010, 0, { prompt_tokens_details: { cached_tokens: 100_000 } }))).toBeCloseTo(
      0.030_03,
      8,
    );
  });

  it.each(["us.anthropic.claude-sonnet-4-5-v1:0", "anthropic/claude-sonnet-4.5", "claude-3-haiku"])(
    "is the same for Anthropic's models elsewhere: %s",
    (model) => {
      const prices = completePrices({ ...none, inputCostPerToken: 1e-6 }, undefined, model);
      expect(prices).toMatchObject({
        cachedInputCostPerToken: 1e-7,
        cacheWriteCostPerToken: 1.25e-6,
        cacheWriteHourCostPerToken: 2e-6,
      });
    },
  );

  it.each(["gpt-5", "deepseek-chat", "not-claude-at-all", undefined])("is the input's for others: %s", (model) => {
    const prices = completePrices({ inputCostPerToken: 3e-6, outputCostPerToken: 15e-6 }, undefined, model);
    expect(costOf(prices, written(50_000))).toBeCloseTo(0.301_53, 8);
  });

  it("is what the deployment says, before its family and the catalog", () => {
    const own = { ...none, inputCostPerToken: 1, cacheWriteCostPerToken: 2, cacheWriteHourCostPerToken: 0 };
    const facts = { inputCostPerToken: 5, cacheWriteCostPerToken: 7, cachedInputCostPerToken: 7 };
    expect(completePrices(own, facts, "claude-x")).toMatchObject({
      inputCostPerToken: 1,
      cachedInputCostPerToken: 0.1,
      cacheWriteCostPerToken: 2,
      cacheWriteHourCostPerToken: 0,
    });
  });

  it("for an hour is that of the cheaper way where only one price is known", () => {
    expect(
      costOf({ ...none, inputCostPerToken: 1, outputCostPerToken: 0, cacheWriteCostPerToken: 3 }, written(100_000)),
    ).toBe(300_010);
  });

  it.each([
    ["OpenAI", { prompt_tokens_details: { cached_tokens: 60 } }],
    ["DeepSeek", { prompt_cache_hit_tokens: 60, prompt_cache_miss_tokens: 40 }],
    ["LiteLLM", { cache_read_input_tokens: 60, prompt_tokens_details: { cached_tokens: 0 } }],
  ])("is known by the words of %s when it was read", (_, more) => {
    const prices = { ...none, inputCostPerToken: 1, outputCostPerToken: 0, cachedInputCostPerToken: 0.5 };
    expect(costOf(prices, usage(100, 0, more))).toBe(70);
  });

  it.each([
    ["OpenRouter", { prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 60 } }],
    ["LiteLLM", { prompt_tokens_details: { cache_creation_tokens: 60 } }],
    ["Anthropic", { cache_creation_input_tokens: 60, prompt_tokens_details: {} }],
  ])("is known by the words of %s when it was written", (_, more) => {
    const prices = { ...none, inputCostPerToken: 1, outputCostPerToken: 0, cacheWriteCostPerToken: 2 };
    expect(costOf(prices, usage(100, 0, more))).toBe(160);
  });

  it("is never below nothing, nor above that of every token at the highest price, whatever is reported", () => {
    const count = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1e308, Number.NaN, "5", null, {}));
    const report = fc.record({
      prompt_tokens_details: fc.record({
        cached_tokens: count,
        cache_write_tokens: count,
        cache_creation_tokens: count,
      }),
      prompt_cache_hit_tokens: count,
      cache_creation: fc.record({ ephemeral_1h_input_tokens: count }),
    });
    fc.assert(
      fc.property(fc.nat(), report, (prompt, more) => {
        const cost = costOf(sonnet, usage(prompt, 0, more)) ?? Number.NaN;
        expect(cost).toBeGreaterThanOrEqual(prompt * 3e-7 * 0.999);
        expect(cost).toBeLessThanOrEqual(prompt * 6e-6 * 1.001);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the cost of a long prompt", () => {
  const prices = completePrices(
    {
      inputCostPerToken: 1,
      outputCostPerToken: 2,
      cachedInputCostPerToken: 0.5,
      tiers: [
        { aboveTokens: 1_000, inputCostPerToken: 10 },
        { aboveTokens: 100, inputCostPerToken: 3, outputCostPerToken: 4, cachedInputCostPerToken: 1 },
      ],
    },
    undefined,
    "gpt-5",
  );

  it.each([
    [100, 120],
    [101, 343],
    [1_001, 10_030],
  ])("of %d tokens is that of its tier, for all of its tokens", (prompt, cost) => {
    expect(costOf(prices, usage(prompt, 10))).toBe(cost);
  });

  it("reads from the cache at the tier's price", () => {
    expect(costOf(prices, usage(200, 0, { prompt_tokens_details: { cached_tokens: 100 } }))).toBe(400);
  });

  it("forgets tiers that cannot be", () => {
    expect(
      completePrices({ ...none, inputCostPerToken: 1, tiers: [{ aboveTokens: Number.NaN }] }, undefined, "m").tiers,
    ).toBeUndefined();
  });
});
