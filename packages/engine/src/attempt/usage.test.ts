import type { Prices, Usage } from "@modelyard/core";
import type { CachePricing } from "@modelyard/core/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cachePricingOf, completePrices } from "../plan/known-prices.js";
import { costOf, normalizeUsage } from "./usage.js";

const usage = (prompt: number, completion: number, more: object = {}): Usage => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  ...more,
});
const none: Prices = { inputCostPerToken: undefined, outputCostPerToken: undefined };
const acmes: CachePricing = { models: /(?:^|[./])acme-/u, read: 0.1, write: 1.25, writeHour: 2 };
const listed = { inputCostPerToken: 3e-6, outputCostPerToken: 15e-6 };
const large = completePrices(listed, undefined, acmes);

describe("the cost of a prompt in the vendor's cache", () => {
  const written = (hour: number): Usage =>
    usage(100_010, 100, {
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 100_000 },
      cache_creation: { ephemeral_5m_input_tokens: 100_000 - hour, ephemeral_1h_input_tokens: hour },
    });

  it.each([
    ["for five minutes", 0, 0.376_53],
    ["for an hour", 100_000, 0.601_53],
    ["half of it for an hour", 50_000, 0.489_03],
  ])("is a multiple of the input price if the provider states one: %s", (_, hour, cost) => {
    expect(costOf(large, written(hour))).toBeCloseTo(cost, 8);
  });

  it("for a cache read is the price of reading", () => {
    expect(costOf(large, usage(100_010, 0, { prompt_tokens_details: { cached_tokens: 100_000 } }))).toBeCloseTo(
      0.030_03,
      8,
    );
  });

  describe("by the name of the model,", () => {
    const providers = new Map([
      ["plain", {}],
      ["acme", { cachePricing: acmes }],
      ["late", { cachePricing: { ...acmes, read: 0.9 } }],
    ]);

    it.each(["eu.acme-large-v1:0", "resold/acme-large", "acme-small"])(
      "is that of the first provider that names it, whichever host serves it: %s",
      (model) => {
        const own = { ...none, inputCostPerToken: 1e-6 };
        expect(completePrices(own, undefined, cachePricingOf(providers, model))).toMatchObject({
          cachedInputCostPerToken: 1e-7,
          cacheWriteCostPerToken: 1.25e-6,
          cacheWriteHourCostPerToken: 2e-6,
        });
      },
    );

    it.each(["small", "not-acme-at-all", undefined])("is the input price for other models: %s", (model) => {
      const prices = completePrices(listed, undefined, cachePricingOf(providers, model));
      expect(costOf(prices, written(50_000))).toBeCloseTo(0.301_53, 8);
    });

    it("does not depend on where a global regular expression stopped", () => {
      const global = new Map([["acme", { cachePricing: { ...acmes, models: /acme-/gu } }]]);
      expect([1, 2, 3].map(() => cachePricingOf(global, "acme-1")?.read)).toEqual([0.1, 0.1, 0.1]);
    });
  });

  it("is the deployment's setting, before the provider's and the catalog's", () => {
    const own = { ...none, inputCostPerToken: 1, cacheWriteCostPerToken: 2, cacheWriteHourCostPerToken: 0 };
    const facts = { inputCostPerToken: 5, cacheWriteCostPerToken: 7, cachedInputCostPerToken: 7 };
    expect(completePrices(own, facts, acmes)).toMatchObject({
      inputCostPerToken: 1,
      cachedInputCostPerToken: 0.1,
      cacheWriteCostPerToken: 2,
      cacheWriteHourCostPerToken: 0,
    });
  });

  it("that was written for an hour is the five-minute price if only that one is known", () => {
    expect(
      costOf({ ...none, inputCostPerToken: 1, outputCostPerToken: 0, cacheWriteCostPerToken: 3 }, written(100_000)),
    ).toBe(300_010);
  });

  it.each([
    ["OpenAI", { prompt_tokens_details: { cached_tokens: 60 } }],
    ["DeepSeek", { prompt_cache_hit_tokens: 60, prompt_cache_miss_tokens: 40 }],
    ["LiteLLM", { cache_read_input_tokens: 60, prompt_tokens_details: { cached_tokens: 0 } }],
  ])("is recognized in the usage fields of %s for cache reads", (_, more) => {
    const prices = { ...none, inputCostPerToken: 1, outputCostPerToken: 0, cachedInputCostPerToken: 0.5 };
    expect(costOf(prices, usage(100, 0, more))).toBe(70);
  });

  it.each([
    ["OpenRouter", { prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 60 } }],
    ["LiteLLM", { prompt_tokens_details: { cache_creation_tokens: 60 } }],
    ["Anthropic", { cache_creation_input_tokens: 60, prompt_tokens_details: {} }],
  ])("is recognized in the usage fields of %s for cache writes", (_, more) => {
    const prices = { ...none, inputCostPerToken: 1, outputCostPerToken: 0, cacheWriteCostPerToken: 2 };
    expect(costOf(prices, usage(100, 0, more))).toBe(160);
  });

  it("is never below 0, nor above the highest price for every token, whatever usage is reported", () => {
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
        const cost = costOf(large, usage(prompt, 0, more)) ?? Number.NaN;
        expect(cost).toBeGreaterThanOrEqual(prompt * 3e-7 * 0.999);
        expect(cost).toBeLessThanOrEqual(prompt * 6e-6 * 1.001);
      }),
      { numRuns: 300 },
    );
  });
});

describe("usage whose sum is higher than its parts", () => {
  it.each([
    ["xAI's, which counts reasoning apart", { completion_tokens_details: { reasoning_tokens: 40 } }, 50, 40],
    ["Gemini's, which does not count thoughts at all", {}, 50, 40],
    ["that of a host which adds cached tokens", { prompt_tokens_details: { cached_tokens: 40 } }, 10, undefined],
  ])("counts the missing tokens as the model's thoughts: %s", (_, details, completion, reasoning) => {
    const reported = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 150, ...details };
    const read = normalizeUsage(reported);
    expect([read?.completion_tokens, read?.completion_tokens_details?.reasoning_tokens, read?.total_tokens]).toEqual([
      completion,
      reasoning,
      150,
    ]);
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
    undefined,
  );

  it.each([
    [100, 120],
    [101, 343],
    [1_001, 10_030],
  ])("of %d tokens is that of its price tier, for all of its tokens", (prompt, cost) => {
    expect(costOf(prices, usage(prompt, 10))).toBe(cost);
  });

  it("uses the tier's price for cache reads", () => {
    expect(costOf(prices, usage(200, 0, { prompt_tokens_details: { cached_tokens: 100 } }))).toBe(400);
  });

  it("ignores price tiers that are invalid", () => {
    expect(
      completePrices({ ...none, inputCostPerToken: 1, tiers: [{ aboveTokens: Number.NaN }] }, undefined, undefined)
        .tiers,
    ).toBeUndefined();
  });
});
