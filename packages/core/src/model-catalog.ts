import type { Capabilities, PriceTier } from "./deployment.js";

/** What is publicly known of a vendor's model; what is not known is left out. */
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

/** Looks up a model by provider and vendor name. Asked when the configuration is
 * read, and once for each name behind a pattern when it is first called. */
export type ModelCatalog = (provider: string, model: string) => ModelFacts | undefined;
