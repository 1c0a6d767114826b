import type { Cache, Clock, Filter, Logger, Random, SharedState, Strategy, TokenEstimator } from "@modelyard/core";
import type { RetryBudget } from "@modelyard/policies";
import type { EventHub } from "../events/event-hub.js";
import type { FaultLog } from "../events/fault-log.js";
import type { Renewals } from "../shared/renewals.js";

/** What every request needs and no configuration changes. */
export interface Services {
  readonly clock: Clock;
  /** `clock.now`, to be passed on. */
  readonly now: () => number;
  readonly random: Random;
  readonly logger: Logger;
  readonly hub: EventHub;
  /** Reports faults in the user's own parts. */
  readonly faults: FaultLog;
  readonly filters: readonly Filter[];
  /** Picks if a strategy fails. It is synchronous. */
  readonly spareStrategy: Strategy;
  readonly sharedState: SharedState | undefined;
  /** Keeps reservations in shared state alive. */
  readonly renewals: Renewals;
  readonly responseCache: Cache | undefined;
  readonly tokenEstimator: TokenEstimator | undefined;
  readonly retryBudget: RetryBudget | undefined;
}
