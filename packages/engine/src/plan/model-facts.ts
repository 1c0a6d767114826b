import type { Deployment, ModelCatalog, Provider } from "@modelyard/core";
import { boundedCount, type CachePricing, type ModelFacts } from "@modelyard/core/kit";
import type { FaultLog } from "../events/fault-log.js";
import { cachePricingOf, completePrices } from "./known-prices.js";

/** What is known of a deployment's model. */
export type KnownFacts = Pick<Deployment, "prices" | "maxInputTokens" | "capabilities">;

/** What a deployment says itself, and what the catalog adds. */
export function completeFacts(
  { prices, maxInputTokens, capabilities }: KnownFacts,
  facts: ModelFacts | undefined,
  cachePricing: CachePricing | undefined,
): KnownFacts {
  return {
    prices: completePrices(prices, facts, cachePricing),
    maxInputTokens: maxInputTokens ?? boundedCount(facts?.maxInputTokens),
    capabilities: Object.freeze({
      tools: capabilities.tools ?? facts?.capabilities?.tools,
      vision: capabilities.vision ?? facts?.capabilities?.vision,
      prefix: capabilities.prefix ?? facts?.capabilities?.prefix,
      jsonSchema: capabilities.jsonSchema ?? facts?.capabilities?.jsonSchema,
    }),
  };
}

/** A catalog of the user's that harms no call: a model that it fails over, or answers later, is one it does not know. */
export function guardedCatalog(catalog: ModelCatalog, faults: FaultLog): ModelCatalog {
  const failed = (cause: unknown): void => {
    faults.tell(catalog, {}, "the catalog failed, and the model counts as unknown", cause);
  };
  return (provider, model) => {
    try {
      const facts: unknown = catalog(provider, model);
      if (!(facts instanceof Promise)) return facts as ModelFacts | undefined;
      facts.catch(() => undefined);
      failed(new TypeError("it answered with a promise"));
    } catch (cause) {
      failed(cause);
    }
    return undefined;
  };
}

/** Names that are kept at once; callers may make up any number. */
const mostKept = 1_000;

/** What is known of the models behind patterns, name by name. */
export class ConcreteFacts {
  readonly #kept = new Map<string, KnownFacts>();
  readonly #catalog: ModelCatalog | undefined;
  readonly #providers: ReadonlyMap<string, Provider>;

  constructor(catalog: ModelCatalog | undefined, providers: ReadonlyMap<string, Provider>) {
    this.#catalog = catalog;
    this.#providers = providers;
  }

  /** @param model - as it goes upstream */
  of(deployment: Deployment, model: string): KnownFacts {
    const nothingToAdd = this.#catalog === undefined && deployment.prices.inputCostPerToken === undefined;
    if (nothingToAdd || !deployment.model.includes("*")) return deployment;
    const key = `${deployment.id} ${model}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const listed = this.#catalog?.(deployment.provider, model);
    const facts = completeFacts(deployment, listed, cachePricingOf(this.#providers, model));
    if (this.#kept.size >= mostKept) this.#kept.clear();
    this.#kept.set(key, facts);
    return facts;
  }
}
