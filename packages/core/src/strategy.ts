import type { Deployment } from "./deployment.js";
import type { RouterEvent } from "./events.js";
import type { JsonObject, MaybePromise, NonEmpty } from "./json.js";
import type { OperationName } from "./operations.js";
import type { Random } from "./clock-and-random.js";

/**
 * A deployment that may serve this attempt: healthy, allowed and not tried yet if others are not. A live view: read it
 * during `pick`, keep only its `deployment` or its `index`.
 */
export interface Candidate {
  readonly deployment: Deployment;
  /** Small, dense, unique within a router and stable until the configuration changes: an index into your own arrays. */
  readonly index: number;
  /** Calls that are with this deployment now, from this process. Never below 0. */
  readonly inFlight: number;
  /** Requests admitted in the minute that `now` lies in. */
  requestsUsed(now: number): number;
  /** Tokens reserved and settled in the minute that `now` lies in. */
  tokensUsed(now: number): number;
}

/** What a pick may look at besides its candidates. */
export interface PickContext {
  /** Milliseconds since the Unix epoch. The only clock a strategy has. */
  readonly now: number;
  /** The only chance a strategy has. */
  readonly random: Pick<Random, "next">;
  /** The model group. */
  readonly group: string;
  readonly operation: OperationName;
  /** Whether the caller wants a stream. */
  readonly stream: boolean;
  /** Estimated tokens of the prompt. */
  readonly inputTokens: number;
  /** Most tokens the answer may have, as the request says. */
  readonly maxOutputTokens: number | undefined;
  /** 1 for the first attempt in this group. */
  readonly attempt: number;
  /** The caller's request, read-only. */
  readonly request: JsonObject;
  /** The caller's own facts, from `options.metadata` or the body's `metadata`. */
  readonly metadata: JsonObject;
}

/** What a strategy says of the settings of a group: see {@link Strategy.review}. */
export interface ReviewRemark {
  readonly message: string;
  readonly kind: string;
}

/**
 * Chooses which deployment serves one attempt. All it may look at is in the arguments and in what it observed, so a
 * decision can be replayed from a log. Listing order must decide nothing.
 */
export interface Strategy {
  /** Used in configuration, logs and metrics, e.g. `least-busy`. */
  readonly name: string;
  /**
   * @param candidates - never empty. A frozen array is the same one on every pick until the configuration changes, so
   * what is derived from its settings may be kept (in a `WeakMap`)
   * @returns one of `candidates`. May be a promise: then it has 50 ms, and the default strategy answers when it is
   * late, throws, or names none of the candidates.
   */
  pick(candidates: NonEmpty<Candidate>, context: PickContext): MaybePromise<Candidate>;
  /** Told of every attempt's start, first token and end, in order. Must not throw; must not wait. */
  observe?(event: StrategyEvent): void;
  /**
   * What this strategy lacks to choose well among a group's deployments, in sentences; asked when the configuration is
   * read. With a `kind`, programs can tell one such warning from another.
   */
  review?(deployments: readonly Deployment[]): readonly (string | ReviewRemark)[];
  /**
   * What was learned, as plain JSON data; what is about deployments is keyed by their id. Kept across a change of
   * configuration; without it, what was learned is lost then.
   */
  snapshot?(): unknown;
  /** Takes what `snapshot` of the same strategy gave; ignores what it does not understand. */
  restore?(snapshot: unknown): void;
  /**
   * What was learned since this was last asked, in sums rather than one by one, as plain JSON data keyed by deployment
   * id; `undefined`: nothing. Asked about once a second where processes share their state, and never where they do not.
   */
  learned?(): unknown;
  /** Takes what `learned` of the same strategy gave in another process; ignores what it does not understand. */
  hear?(learned: unknown): void;
}

/** The events a strategy may learn from. */
export type StrategyEvent = Extract<
  RouterEvent,
  {
    readonly type:
      | "attempt_started"
      | "attempt_first_token"
      | "attempt_succeeded"
      | "attempt_failed"
      | "attempt_aborted";
  }
>;

/** Removes deployments that must not serve an attempt; what remains are the candidates. */
export interface Filter {
  readonly name: string;
  /** Why `candidate` must not serve, in words that can be shown; `undefined` when it may. Must not throw. */
  reject(candidate: Candidate, context: PickContext): string | undefined;
}
