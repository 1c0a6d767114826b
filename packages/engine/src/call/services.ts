import type { Cache, Clock, Filter, Logger, Random, SharedState, Strategy, TokenEstimator } from "@modelyard/core";
import type { RetryBudget } from "@modelyard/policies";
import type { EventHub } from "../events/event-hub.js";
import type { FaultLog } from "../events/fault-log.js";
import type { Renewals } from "../shared/renewals.js";

/** The parts of a router that every request needs, and that changes of the configuration do not affect. */
export interface Services {
  readonly clock: Clock;
  /** The same as `clock.now`, as a function that can be passed on. */
  readonly now: () => number;
  readonly random: Random;
  readonly logger: Logger;
  readonly hub: EventHub;
  /** Logs failures of custom parts. */
  readonly faults: FaultLog;
  readonly filters: readonly Filter[];
  /** Picks instead of a strategy that fails. It is synchronous. */
  readonly spareStrategy: Strategy;
  readonly sharedState: SharedState | undefined;
  /** Keeps reservations in shared state alive. */
  readonly renewals: Renewals;
  readonly responseCache: Cache | undefined;
  readonly tokenEstimator: TokenEstimator | undefined;
  readonly retryBudget: RetryBudget | undefined;
}
