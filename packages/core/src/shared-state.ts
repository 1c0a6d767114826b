import type { Cache } from "./cache.js";
import type { MaybePromise } from "./json.js";

export type LimitName = "rpm" | "tpm" | "parallel";

/**
 * One limit of a deployment.
 * - `window`: at most `limit` within each calendar window (windows start at multiples of `windowMs` since the epoch).
 * - `bucket`: a token bucket (GCRA): `limit` per `windowMs` on average, at most `burst` at once.
 * - `slots`: at most `limit` held at the same time, until settled or expired.
 */
export type LimitSpec =
  | { readonly name: LimitName; readonly kind: "window"; readonly limit: number; readonly windowMs: number }
  | {
      readonly name: LimitName;
      readonly kind: "bucket";
      readonly limit: number;
      readonly windowMs: number;
      readonly burst: number;
    }
  | { readonly name: LimitName; readonly kind: "slots"; readonly limit: number };

export interface ReserveRequest {
  readonly deploymentId: string;
  /** Unique. Identifies the reservation when it is settled or extended. */
  readonly reservationId: string;
  readonly limits: readonly LimitSpec[];
  /** The amount of each limit, in the order of `limits`: whole numbers, at least 0. A slot is 1. */
  readonly amounts: readonly number[];
  /** How long an unsettled reservation is kept. After that, its slots are returned; the rest remains charged. */
  readonly ttlMs: number;
  /** The time of the caller. A store may use its own clock instead. */
  readonly now: number;
}

export type ReserveReply =
  | { readonly granted: true }
  | {
      readonly granted: false;
      /** The first limit, in the order of the request, that refused. */
      readonly limit: LimitName;
      /**
       * The time until it might admit the amount. `Infinity`: never, the amount exceeds the limit. 0 for slots:
       * unknown.
       */
      readonly retryAfterMs: number;
    };

export interface SettleRequest {
  readonly deploymentId: string;
  readonly reservationId: string;
  readonly limits: readonly LimitSpec[];
  /** What was used, in the order of `limits`. 0 returns the whole amount. Slots are always returned. */
  readonly amounts: readonly number[];
  /**
   * Whether the call was made without a grant, because the store could not be reached. What was used is still charged,
   * once. If the reservation did arrive, it is settled like any other. @defaultValue false
   */
  readonly unreserved?: boolean;
  readonly now: number;
}

/** The cooldown of a deployment, as all processes see it. */
export interface DeploymentCooldown {
  readonly deploymentId: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** A word for people and metrics, e.g. `rate_limit`. Never a vendor's message. */
  readonly reason: string;
}

/**
 * The limits and cooldowns that several routers share, in one process or in many. Every method is one atomic step. In
 * memory, methods return at once. Over a network, they reject if the store cannot be reached in time, and the router
 * continues with local limits.
 */
export interface SharedState {
  readonly name: string;
  /**
   * Takes all amounts, or none. Since messages may arrive late or twice, reserving again under a known id is granted
   * and changes nothing, even if the reservation was settled within the last minute.
   */
  reserve(request: ReserveRequest): MaybePromise<ReserveReply>;
  /**
   * Replaces what was reserved by what was used, in the windows of the reservation. If the store cannot be reached, the
   * settlement is remembered and made later.
   * @returns false, without changing anything, if the reservation was settled before, has expired or is unknown
   */
  settle(request: SettleRequest): MaybePromise<boolean>;
  /** Keeps the reservation of a long call for `ttlMs` from now. @returns false if it no longer exists */
  extend(reservation: {
    readonly deploymentId: string;
    readonly reservationId: string;
    readonly ttlMs: number;
    readonly now: number;
  }): MaybePromise<boolean>;
  /** How much of each limit is in use, in the order of `limits`. */
  used(query: {
    readonly deploymentId: string;
    readonly limits: readonly LimitSpec[];
    readonly now: number;
  }): MaybePromise<readonly number[]>;
  /**
   * Puts a deployment into cooldown. An earlier end than the one in force changes nothing. An end more than a day ahead
   * counts as a day ahead, and an invalid one, such as `NaN`, as `now`.
   * @returns the end that is in force
   */
  startCooldown(cooldown: DeploymentCooldown, now: number): MaybePromise<number>;
  /**
   * Ends a cooldown after a successful probe.
   * @param until - a cooldown that ends later than this has been started since, and stays. @defaultValue ends any
   * cooldown
   */
  endCooldown(deploymentId: string, until?: number): MaybePromise<void>;
  /** The cooldowns in force. */
  cooldowns(now: number): MaybePromise<readonly DeploymentCooldown[]>;
  /**
   * Calls `listener` within a second after others start a cooldown, possibly also for own ones. @returns a function
   * that ends it
   */
  onCooldown(listener: (cooldown: DeploymentCooldown) => void): () => void;
  /**
   * Exchanges messages that are useful but may be lost, such as measurements. They are not stored.
   * @param message - called about once a second if there are other processes. Returns a message of at most 65_536
   * characters, or `undefined` for none
   * @param receive - called with the messages of other processes within two seconds, never with one's own
   * @returns a function that ends it
   */
  gossip?(message: () => string | undefined, receive: (message: string) => void): () => void;
  /**
   * What calls leave for later calls of the same conversation, such as reasoning that their caller cannot hold. Keys are hashes.
   * Unlike in a cache, `get` rejects if the store fails or does not answer in time, so that a fault is not taken for nothing.
   * Not set: later calls only find what their own process remembers.
   */
  readonly memory?: Cache | undefined;
  /** Whether the store responds. Always true in memory. */
  readonly available: boolean;
  /** How many processes shared the limits when they were last counted. `undefined`: unknown. */
  readonly processes?: number | undefined;
  /** Calls `listener` when {@link SharedState.available} changes. @returns a function that ends it */
  onAvailability(listener: (available: boolean) => void): () => void;
  close(): Promise<void>;
}
