import type { Deployment } from "./deployment.js";
import type { RouterEvent } from "./events.js";
import type { JsonObject, MaybePromise, NonEmpty } from "./json.js";
import type { OperationName } from "./operations.js";
import type { Random } from "./clock-and-random.js";

/**
 * A deployment that may serve this attempt. It is healthy and allowed, and was not tried before, unless all were. It is
 * a live view: only read it during `pick`, and only keep its `deployment` or its `index`.
 */
export interface Candidate {
  readonly deployment: Deployment;
  /** An index for arrays: small, dense, unique within a router, and stable until the configuration changes. */
  readonly index: number;
  /** The calls of this process that are in flight at this deployment. At least 0. */
  readonly inFlight: number;
  /** The requests admitted in the minute of `now`. */
  requestsUsed(now: number): number;
  /** The tokens reserved or used in the minute of `now`. */
  tokensUsed(now: number): number;
}

/** What a strategy can see besides the candidates. */
export interface PickContext {
  /** Milliseconds since the Unix epoch. Strategies must not use another clock. */
  readonly now: number;
  /** Strategies must not use other randomness. */
  readonly random: Pick<Random, "next">;
  /** The model group. */
  readonly group: string;
  readonly operation: OperationName;
  /** Whether the caller wants a stream. */
  readonly stream: boolean;
  /** The estimated number of tokens in the prompt. */
  readonly inputTokens: number;
  /** The most tokens that the answer may have, as the request says. `undefined`: it does not say. */
  readonly maxOutputTokens: number | undefined;
  /** 1 for the first attempt in this group. */
  readonly attempt: number;
  /** The caller's request, read-only. */
  readonly request: JsonObject;
  /** The caller's metadata, from `options.metadata` or from the `metadata` of the body. */
  readonly metadata: JsonObject;
}

/** A remark about the settings of a group: see {@link Strategy.review}. */
export interface ReviewRemark {
  readonly message: string;
  readonly kind: string;
  /** The deployment that it is about. Warnings then name its place in the model list. Not set: it is about the group. */
  readonly deploymentId?: string;
}

/**
 * Chooses which deployment serves an attempt. It only uses its arguments and the events that it observed, so that
 * decisions can be replayed from a log. The order of the candidates must not matter.
 */
export interface Strategy {
  /** Used in configuration, logs and metrics, e.g. `least-busy`. */
  readonly name: string;
  /**
   * @param candidates - never empty. A frozen array stays the same until the configuration changes, so values derived
   * from the settings in it may be kept in a `WeakMap`
   * @returns one of `candidates`, or a promise of one, which has 50 ms. If it is late, throws, or returns something
   * else, the default strategy decides
   */
  pick(candidates: NonEmpty<Candidate>, context: PickContext): MaybePromise<Candidate>;
  /**
   * Set if this strategy only spreads load, so that any candidate with room will do for a new session. Affinity then places
   * sessions by itself, at the same deployment in every process. Not set: this strategy places them with `pick`, and affinity
   * remembers where.
   * @returns the relative shares of `candidates`, in their order. `undefined`: they are equal
   */
  spreads?(candidates: NonEmpty<Candidate>): ArrayLike<number> | undefined;
  /** Receives the start, the first token and the end of every attempt, in order. Must neither throw nor wait. */
  observe?(event: StrategyEvent): void;
  /**
   * Called when the configuration is read. A `kind` lets programs distinguish remarks.
   * @returns what this strategy lacks to choose well among the deployments of a group, in sentences
   */
  review?(deployments: readonly Deployment[]): readonly (string | ReviewRemark)[];
  /**
   * What the strategy has learned, as plain JSON data, with deployments identified by their ids. It is kept when the
   * configuration changes. Without this method it is lost.
   */
  snapshot?(): unknown;
  /** Restores what `snapshot` of the same strategy returned. Ignores what it does not understand. */
  restore?(snapshot: unknown): void;
  /**
   * Returns what was learned since the last call of this method, as plain JSON data keyed by deployment id, or
   * `undefined` if nothing was. Send sums rather than single events. Called about once a second if processes share
   * their state, and otherwise never.
   */
  delta?(): unknown;
  /** Adds what `delta` of the same strategy returned in another process. Must ignore what it does not understand. */
  merge?(delta: unknown): void;
}

/** The events that a strategy can learn from. */
export type StrategyEvent = Extract<
  RouterEvent,
  {
    readonly type:
      | "attempt_started"
      | "attempt_first_token"
      | "limits_reported"
      | "attempt_succeeded"
      | "attempt_failed"
      | "attempt_aborted";
  }
>;

/** Removes deployments that must not serve an attempt. The remaining ones are the candidates. */
export interface Filter {
  readonly name: string;
  /** Why `candidate` must not serve, in words that can be shown. `undefined` if it may. Must not throw. */
  reject(candidate: Candidate, context: PickContext): string | undefined;
}
