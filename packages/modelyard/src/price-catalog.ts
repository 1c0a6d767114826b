import type { Clock, ModelCatalog } from "@modelyard/core";
import { type ModelFacts, type PriceTier, type ProviderIdentity, systemClock } from "@modelyard/core/kit";
import { builtInProviders } from "./registry.js";
import type { ModelPrice, PriceCalculation } from "@pydantic/genai-prices";

const dayMs = 86_400_000;
/** Limit for cached models: as many as a configuration may have deployments. */
const mostKnown = 10_000;

/** Some vendors are cheaper at night. Prices at noon make the comparison independent of when the file is read. */
function noon(now: number): Date {
  return new Date(Math.floor(now / dayMs) * dayMs + dayMs / 2);
}

/** The price in US dollars per token for prompts of this length, or `undefined` if the catalog does not have it. */
function perToken(price: ModelPrice[keyof ModelPrice], aboveTokens = 0): number | undefined {
  const perMillion =
    typeof price === "object"
      ? (price.tiers.findLast(({ start }) => start <= aboveTokens)?.price ?? price.base)
      : price;
  // Division must not turn 0.00003 into 0.000029999999999999997.
  return perMillion === undefined ? undefined : Number((perMillion / 1e6).toPrecision(12));
}

/** Prices for longer prompts. A prompt above a threshold pays that price for all tokens of the call. */
function tiersOf(price: ModelPrice): readonly PriceTier[] {
  const priced = [price["input_mtok"], price["output_mtok"], price["cache_read_mtok"], price["cache_write_mtok"]];
  const starts = new Set(
    priced.flatMap((each) => (typeof each === "object" ? each.tiers.map(({ start }) => start) : [])),
  );
  return [...starts]
    .toSorted((one, other) => one - other)
    .map((start) => ({
      aboveTokens: start,
      inputCostPerToken: perToken(price["input_mtok"], start),
      outputCostPerToken: perToken(price["output_mtok"], start),
      cachedInputCostPerToken: perToken(price["cache_read_mtok"], start),
      cacheWriteCostPerToken: perToken(price["cache_write_mtok"], start),
      cacheWriteHourCostPerToken: perToken(price["cache_write_1h_mtok"], start),
    }));
}

function toFacts({ model, model_price: price }: PriceCalculation, base: PriceCalculation | null): ModelFacts {
  const input = perToken(price["input_mtok"]);
  // A model that only has a price for input, such as an embedding model, has no output to pay for.
  const output = perToken(price["output_mtok"]) ?? (input === undefined ? undefined : 0);
  const cached = perToken(price["cache_read_mtok"]);
  const written = perToken(price["cache_write_mtok"]);
  const writtenForAnHour = perToken(price["cache_write_1h_mtok"]);
  const tiers = tiersOf(price);
  const window = model.context_window ?? base?.model.context_window;
  return {
    ...(input === undefined ? {} : { inputCostPerToken: input }),
    ...(output === undefined ? {} : { outputCostPerToken: output }),
    ...(cached === undefined ? {} : { cachedInputCostPerToken: cached }),
    ...(written === undefined ? {} : { cacheWriteCostPerToken: written }),
    ...(writtenForAnHour === undefined ? {} : { cacheWriteHourCostPerToken: writtenForAnHour }),
    ...(tiers.length === 0 ? {} : { priceTiers: tiers }),
    ...(window === undefined ? {} : { maxInputTokens: window }),
  };
}

/** Captures the base of a fine-tuned model: `MODEL` in `ft:MODEL:OWNER::ID`. */
const tuned = /^ft:(?<base>[^:]+)/u;
/** Captures the provider in front of a model, e.g. in `base_model`. */
const qualified = /^(?<provider>[\w-]+)\/(?<model>.+)$/u;

/**
 * Returns a catalog of prices and context windows of public models, from the package `@pydantic/genai-prices`. The data
 * is part of the package, so nothing is fetched. Prices that the data lacks are unknown, not 0. Settings of a
 * deployment win over the catalog.
 * @param clock - prices change over time; the catalog returns those of the current day
 * @param providers - their `catalogId` is the vendor's id in the data; of several with the same name, the first one
 * counts
 */
export async function priceCatalog(
  clock: Clock = systemClock,
  providers: readonly ProviderIdentity[] = builtInProviders({ env: {} }),
): Promise<ModelCatalog> {
  // Imported only when a router is created, because it contains half a megabyte of data.
  const { calcPrice } = await import("@pydantic/genai-prices");
  const ids = new Map(
    providers
      .flatMap(({ name, catalogId }) => (catalogId === undefined ? [] : [[name, catalogId] as const]))
      .toReversed(),
  );
  const find = (provider: string, model: string): PriceCalculation | null =>
    calcPrice({}, model, { providerId: ids.get(provider) ?? provider, timestamp: noon(clock.now()) });
  const lookUp = (provider: string, model: string): ModelFacts | undefined => {
    let found = find(provider, model);
    if (found === null) {
      const { provider: owner, model: bare } = qualified.exec(model)?.groups ?? {};
      if (owner !== undefined && bare !== undefined) found = find(owner, bare);
    }
    if (found === null) return undefined;
    const base = tuned.exec(model)?.groups?.["base"];
    return toFacts(found, base === undefined ? null : find(provider, base));
  };
  // A lookup takes 0.1 ms, and a reload, which delays requests, looks up the model of every deployment.
  const known = new Map<string, ModelFacts | undefined>();
  let noonOfKnown = 0;
  return (provider, model) => {
    const today = noon(clock.now()).getTime();
    if (today !== noonOfKnown || known.size >= mostKnown) known.clear();
    noonOfKnown = today;
    const key = `${provider}/${model}`;
    if (!known.has(key)) known.set(key, lookUp(provider, model));
    return known.get(key);
  };
}
