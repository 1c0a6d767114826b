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
  /** Unique; settling and extending go by it. */
  readonly reservationId: string;
  readonly limits: readonly LimitSpec[];
  /** How much of each limit, in the order of `limits`; whole numbers of at least 0. A slot is 1. */
  readonly amounts: readonly number[];
  /** An unsettled reservation is forgotten after this long: slots come back, the rest stays charged. */
  readonly ttlMs: number;
  /** The caller's clock. A store may know better and use its own. */
  readonly now: number;
}

export type ReserveReply =
  | { readonly granted: true }
  | {
      readonly granted: false;
      /** The first limit, in order, that refused. */
      readonly limit: LimitName;
      /** Until it might admit this amount; `Infinity`: never, the amount is above the limit. Slots: unknown, 0. */
      readonly retryAfterMs: number;
    };

export interface SettleRequest {
  readonly deploymentId: string;
  readonly reservationId: string;
  readonly limits: readonly LimitSpec[];
  /** What was really used, in the order of `limits`; 0 gives all of it back. Slots are always given back. */
  readonly amounts: readonly number[];
  /**
   * The call went on although the store had not granted it, since it could not be asked. What was used is charged all
   * the same, once; if the reservation did arrive, it is settled as any other. @defaultValue false
   */
  readonly unreserved?: boolean;
  readonly now: number;
}

/** A deployment left out of every pick, as all processes see it. */
export interface CooldownMark {
  readonly deploymentId: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** A word for people and metrics, e.g. `rate_limit`. Never a message of a vendor. */
  readonly reason: string;
}

/**
 * What the routers of one process, or of many, agree on: limits and cooldowns. Every method is one atomic step, all or
 * nothing. In memory they answer at once; over a network they reject when the store cannot be asked in time, and the
 * router goes on with local limits.
 */
export interface SharedState {
  readonly name: string;
  /**
   * Takes all amounts, or none. Reserving again under a known id changes nothing and is granted, also when it was settled
   * within the last minute: messages may arrive twice and late.
   */
  reserve(request: ReserveRequest): MaybePromise<ReserveReply>;
  /**
   * Replaces what was reserved by what was used, in the windows it was reserved in.
   * A store that cannot be asked now remembers the settlement and catches up.
   * @returns false, and changes nothing, when the reservation was settled before, expired or unknown.
   */
  settle(request: SettleRequest): MaybePromise<boolean>;
  /** Lets a reservation live `ttlMs` from now, for calls that last. @returns false when it is gone. */
  extend(reservation: {
    readonly deploymentId: string;
    readonly reservationId: string;
    readonly ttlMs: number;
    readonly now: number;
  }): MaybePromise<boolean>;
  /** How much of each limit is taken now, in the order of `limits`. */
  used(query: {
    readonly deploymentId: string;
    readonly limits: readonly LimitSpec[];
    readonly now: number;
  }): MaybePromise<readonly number[]>;
  /**
   * Puts a deployment into cooldown until then; an earlier time than the one in force changes nothing. A time more than a
   * day ahead counts as a day ahead, and what is not a time, such as `NaN`, as `now`.
   * @returns the time in force
   */
  startCooldown(mark: CooldownMark, now: number): MaybePromise<number>;
  /**
   * Takes the mark away, after a probe succeeded.
   * @param until - a mark that reaches beyond this time stays: somebody set it since. @defaultValue takes any
   */
  endCooldown(deploymentId: string, until?: number): MaybePromise<void>;
  /** The marks still in force. */
  cooldowns(now: number): MaybePromise<readonly CooldownMark[]>;
  /** Calls `listener` for marks that others set, within a second; perhaps for one's own. @returns a function that ends it. */
  onCooldown(listener: (mark: CooldownMark) => void): () => void;
  /**
   * Passes on what is good to know and may be lost, e.g. what was measured; never what is owed. Stored nowhere.
   * @param tell - asked about once a second, if there is anybody to tell: at most 65_536 characters, `undefined`: nothing
   * @param hear - called with what others told, within two seconds; never with one's own
   * @returns a function that ends it
   */
  gossip?(tell: () => string | undefined, hear: (told: string) => void): () => void;
  /** Whether the store answers. In memory: always. */
  readonly available: boolean;
  /** How many processes shared the limits when they were last seen; `undefined`: not known. */
  readonly processes?: number | undefined;
  /** Calls `listener` when {@link SharedState.available} changes. @returns a function that ends it. */
  onAvailability(listener: (available: boolean) => void): () => void;
  close(): Promise<void>;
}
