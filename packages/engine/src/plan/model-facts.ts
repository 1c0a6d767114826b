import type { Deployment, ModelCatalog, Provider } from "@modelyard/core";
import { boundedCount, type CachePricing, type ModelFacts } from "@modelyard/core/kit";
import type { FaultLog } from "../events/fault-log.js";
import { cachePricingOf, completePrices } from "./known-prices.js";

/** The known facts about a deployment's model. */
export type KnownFacts = Pick<Deployment, "prices" | "maxInputTokens" | "capabilities">;

/** Completes the settings of a deployment with the facts of the catalog. */
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

/**
 * Wraps a custom catalog so that its errors cannot fail calls. If it throws or returns a promise, the model is unknown.
 */
export function guardedCatalog(catalog: ModelCatalog, faults: FaultLog): ModelCatalog {
  const failed = (cause: unknown): void => {
    faults.report(catalog, {}, "the catalog failed, so the model counts as unknown", cause);
  };
  return (provider, model) => {
    try {
      const facts: unknown = catalog(provider, model);
      if (!(facts instanceof Promise)) return facts as ModelFacts | undefined;
      facts.catch(() => undefined);
      failed(new TypeError("it returned a promise"));
    } catch (cause) {
      failed(cause);
    }
    return undefined;
  };
}

/** Limit for cached names, because callers can send any number of them. */
const mostKept = 1_000;

/** Facts about the concrete models of deployments whose model is a pattern. */
export class ConcreteFacts {
  readonly #kept = new Map<string, KnownFacts>();
  readonly #catalog: ModelCatalog | undefined;
  readonly #providers: ReadonlyMap<string, Provider>;

  constructor(catalog: ModelCatalog | undefined, providers: ReadonlyMap<string, Provider>) {
    this.#catalog = catalog;
    this.#providers = providers;
  }

  /** @param model - the name that is sent to the vendor */
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
