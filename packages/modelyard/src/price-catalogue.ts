import type { ModelCatalogue, ModelFacts } from "@modelyard/core";

/** Our providers' names where the catalogue has others. */
const names: Readonly<Record<string, string>> = {
  together_ai: "together",
  fireworks_ai: "fireworks",
  xai: "x-ai",
  gemini: "google",
};

/** Small enough to be below every tier that costs more. */
const sample = 1_000;

/** Division must not turn 0.00003 into 0.000029999999999999997. */
function perToken(price: number): number {
  return Number((price / sample).toPrecision(12));
}

/**
 * Prices and windows of public models, from the package `@pydantic/genai-prices`. They come with the package: nothing is
 * fetched. What it does not know is unknown, never 0; what a deployment says itself wins.
 */
export async function priceCatalogue(): Promise<ModelCatalogue> {
  const { calcPrice } = await import("@pydantic/genai-prices");
  return (provider, model) => {
    const providerId = names[provider] ?? provider;
    const found = calcPrice({ input_tokens: sample, output_tokens: sample }, model, { providerId });
    if (found === null) return undefined;
    const cached = calcPrice({ input_tokens: sample, cache_read_tokens: sample }, model, { providerId });
    const facts: { -readonly [Key in keyof ModelFacts]: ModelFacts[Key] } = {};
    if (found.input_price > 0 || found.output_price > 0) {
      facts.inputCostPerToken = perToken(found.input_price);
      facts.outputCostPerToken = perToken(found.output_price);
      if (cached !== null) facts.cachedInputCostPerToken = perToken(cached.input_price);
    }
    if (found.model.context_window !== undefined) facts.maxInputTokens = found.model.context_window;
    return facts;
  };
}
