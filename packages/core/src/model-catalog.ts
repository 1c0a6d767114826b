import type { Capabilities, PriceTier } from "./deployment.js";

/** What is publicly known about a vendor's model. Unknown facts are omitted. */
export interface ModelFacts {
  /** US dollars. */
  readonly inputCostPerToken?: number;
  readonly outputCostPerToken?: number;
  readonly cachedInputCostPerToken?: number;
  readonly cacheWriteCostPerToken?: number;
  readonly cacheWriteHourCostPerToken?: number;
  readonly priceTiers?: readonly PriceTier[];
  /** Longest prompt, in tokens. */
  readonly maxInputTokens?: number;
  readonly capabilities?: Capabilities;
}

/**
 * Looks up a model by its provider and the vendor's name for it. Called when the configuration is read, and once for
 * each name that a pattern covers, when it is first used.
 */
export type ModelCatalog = (provider: string, model: string) => ModelFacts | undefined;
