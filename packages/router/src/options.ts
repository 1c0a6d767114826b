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
  /** The providers of the vendors that can be called. At least one is required. */
  readonly providers: readonly Provider[];
  /**
   * Picks the deployment for each attempt.
   * @defaultValue `simpleShuffle()`
   */
  readonly strategy?: Strategy;
  /**
   * Strategies for single groups, by the group's name.
   * @defaultValue all groups use `strategy`
   */
  readonly groupStrategies?: Readonly<Record<string, Strategy>>;
  /**
   * Decides when deployments cool down, and for how long.
   * @defaultValue `failureRate()` of `@modelyard/policies`
   */
  readonly cooldown?: CooldownPolicy;
  /**
   * Reject deployments for a call, before the strategy picks.
   * @defaultValue none
   */
  readonly filters?: readonly Filter[];
  /**
   * Receive the router's events.
   * @defaultValue none
   */
  readonly callbacks?: readonly Callback[];
  /**
   * Stores answers. They are only cached if `cacheResponses` is not `false`.
   * @defaultValue answers are not cached
   */
  readonly responseCache?: Cache;
  /**
   * Shares limits and cooldowns with routers in other processes.
   * @defaultValue nothing is shared
   */
  readonly sharedState?: SharedState;
  /**
   * Supplies the prices, context windows and capabilities of models that deployments do not set themselves.
   * @defaultValue these facts are unknown
   */
  readonly catalog?: ModelCatalog;
  /**
   * Counts the tokens of prompts.
   * @defaultValue an estimate based on the length of texts
   */
  readonly tokenEstimator?: TokenEstimator;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
  /** @defaultValue `consoleLogger`, which logs warnings and errors to the console */
  readonly logger?: Logger;
}
