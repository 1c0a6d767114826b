import type {
  Cache,
  Callback,
  Clock,
  CooldownPolicy,
  Filter,
  Logger,
  ModelCatalog,
  Provider,
  Random,
  RouterConfig,
  SharedState,
  Strategy,
  TokenEstimator,
} from "@modelyard/core";

/** All options of a router. Only `providers` and `modelList` are required. */
export interface CreateRouterOptions extends RouterConfig {
  /** The vendors that can be called. At least one. */
  readonly providers: readonly Provider[];
  /** Picks the deployment of each attempt. @defaultValue `simpleShuffle()` */
  readonly strategy?: Strategy;
  /** Strategies of single groups. */
  readonly groupStrategies?: Readonly<Record<string, Strategy>>;
  /** When deployments cool down, and for how long. @defaultValue `failureRate()` of `@modelyard/policies` */
  readonly cooldown?: CooldownPolicy;
  readonly filters?: readonly Filter[];
  readonly callbacks?: readonly Callback[];
  /** Where answers are stored. @defaultValue they are not stored */
  readonly responseCache?: Cache;
  /** Limits and cooldowns of many routers. @defaultValue this router's own */
  readonly sharedState?: SharedState;
  /** Prices, windows and capabilities of models. @defaultValue unknown */
  readonly catalog?: ModelCatalog;
  /** @defaultValue an estimate from the lengths of the texts */
  readonly tokenEstimator?: TokenEstimator;
  readonly clock?: Clock;
  readonly random?: Random;
  /** @defaultValue silence */
  readonly logger?: Logger;
}
