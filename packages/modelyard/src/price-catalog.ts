import type { Clock, ModelCatalog } from "@modelyard/core";
import { type ModelFacts, type PriceTier, type ProviderIdentity, systemClock } from "@modelyard/core/kit";
import { builtInProviders } from "./registry.js";
import type { ModelPrice, PriceCalculation } from "@pydantic/genai-prices";

const dayMs = 86_400_000;
/** Models whose facts are kept: as many as a configuration may have deployments. */
const mostKnown = 10_000;

/** Some vendors are cheaper at night; what is compared is what they ask at noon, whenever the file is read. */
function noon(now: number): Date {
  return new Date(Math.floor(now / dayMs) * dayMs + dayMs / 2);
}

/** US dollars a token; of prices in tiers the one of short prompts. `undefined`: the catalog has none. */
function perToken(price: ModelPrice[keyof ModelPrice], aboveTokens = 0): number | undefined {
  const perMillion =
    typeof price === "object"
      ? (price.tiers.findLast(({ start }) => start <= aboveTokens)?.price ?? price.base)
      : price;
  // Division must not turn 0.00003 into 0.000029999999999999997.
  return perMillion === undefined ? undefined : Number((perMillion / 1e6).toPrecision(12));
}

/** Prices of longer prompts. A prompt above a threshold pays that price for the whole call. */
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
  // A model that is paid by its input alone, as embeddings are, writes nothing that could cost.
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

/** The model that was tuned, in the name of a tuned one: `ft:MODEL:OWNER::ID`. */
const tuned = /^ft:(?<base>[^:]+)/u;
/** A provider before the model, e.g. `base_model: azure/gpt-4`. */
const qualified = /^(?<provider>[\w-]+)\/(?<model>.+)$/u;

/**
 * Prices and windows of public models, from the package `@pydantic/genai-prices`. They come with the package: nothing is
 * fetched. What it does not know is unknown, never 0; what a deployment says itself wins.
 * @param clock - prices change; those of its day are given
 * @param providers - say what their vendors are called in the data; the first of a name that does counts
 */
export async function priceCatalog(
  clock: Clock = systemClock,
  providers: readonly ProviderIdentity[] = builtInProviders({ env: {} }),
): Promise<ModelCatalog> {
  // Half a megabyte of data: read when a router is built, not when this package is imported.
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
  // A lookup takes 0.1 ms, and a reload looks up every deployment's model between two requests.
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
