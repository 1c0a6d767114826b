import type { AffinityKey } from "./config.js";
import type { ErrorKind } from "./errors/kinds.js";
import type { WireChoice } from "./provider.js";
import type { Usage } from "./wire/usage.js";

/** How a deployment is asked to continue an answer: from its beginning, or by an instruction. */
export type ContinuationWay = "prefix" | "instruct";

/** Why a session is not served where its prompt is cached. `unavailable`: its deployment is excluded in another way. */
export type MoveReason = "cooldown" | "failed" | "limit" | "load" | "unavailable";

/** How a session was routed. */
export interface AffinityRecord {
  readonly key: AffinityKey;
  /** Where the key is from, e.g. `prompt_cache_key`. Never its value. */
  readonly source: string;
  /** The beginning of a hash that is the same for all requests of the session. */
  readonly session: string;
  /** `kept`: it went where its prompt is cached. `placed`: no cache was known. `moved`: it went elsewhere. */
  readonly choice: "kept" | "moved" | "placed";
  /** For `moved`. */
  readonly reason?: MoveReason;
  /** The prompt tokens that a cache should have. */
  readonly wantedTokens: number;
  /** The prompt tokens that were read from a cache, if the vendor says so. */
  readonly cachedTokens?: number;
  /** What that saved, in US dollars. 0 if a price is unknown. */
  readonly savedUsd?: number;
}

/** The record of one attempt. */
export interface AttemptRecord {
  readonly deploymentId: string;
  readonly group: string;
  readonly provider: string;
  /** The vendor's name for the model. */
  readonly model: string;
  /** Whole milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** Until the end of the answer or the failure; for a stream that has not ended, until now. */
  readonly durationMs: number;
  /** For streams: until the first event with content. */
  readonly firstTokenMs?: number;
  /** The tokens, if known, or estimated for a stream that broke. */
  readonly usage?: Usage;
  /**
   * How it was asked to continue a stream that had broken: from the beginning of the answer (`prefix`), or by an
   * instruction (`instruct`). Not set: it was asked for a whole answer.
   */
  readonly continues?: ContinuationWay;
  /** The vendor's operation that served it, and why, if it is not that of the call. */
  readonly wire?: WireChoice;
  /** How its session was routed. Set once it succeeded, if `affinity` is on and the request belongs to a session. */
  readonly affinity?: AffinityRecord;
  readonly outcome: "success" | "failure" | "aborted" | "pending";
  readonly error?: {
    readonly kind: ErrorKind;
    readonly status: number;
    /** The vendor's status. Not set if there was no answer, or if the failure was in the body of a 200. */
    readonly upstreamStatus?: number;
    readonly message: string;
    readonly retryAfterMs?: number;
  };
}

/** Why a deployment was not called. */
export interface Rejection {
  readonly deploymentId: string;
  readonly provider: string;
  /** The vendor's name of the model; a pattern where the deployment has one. */
  readonly model: string;
  /** For people, e.g. `cooling down until 12:00:05 after rate_limit`. */
  readonly reason: string;
}

/**
 * How an answer came about: all attempts, and why other deployments were not called. Grows until the call has ended.
 */
export interface Trail {
  /** The id of this request: the client's, if it sent one. */
  readonly callId: string;
  /** The name that the caller asked for. */
  readonly requestedModel: string;
  /** The group that served, after aliases and fallbacks, or the last one that was tried. */
  readonly modelGroup: string;
  /** `undefined` until a deployment is chosen. */
  readonly deploymentId: string | undefined;
  readonly attempts: readonly AttemptRecord[];
  /** The attempts after the first one in each group, of all groups together. */
  readonly retries: number;
  /** The number of groups that failed before the last one. */
  readonly fallbacks: number;
  /** `hit`: no deployment was called. `shared`: the answer is that of an identical call that was in flight. */
  readonly cache: "off" | "miss" | "hit" | "shared";
  /** The fingerprint of the cached entry, after a hit. */
  readonly cacheKey: string | undefined;
  readonly rejections: readonly Rejection[];
  /**
   * How long it waited in all while every deployment that could serve it was at a limit, in milliseconds (`maxLimitWaitMs`). Not
   * set: it did not wait.
   */
  readonly limitWaitMs?: number;
  /** The tokens of all answers, including broken ones. For streams, known at their end. */
  readonly usage: Usage | undefined;
  /** The cost of the answer in US dollars. `undefined` if a price or the usage is unknown. */
  readonly costUsd: number | undefined;
  /**
   * Headers of the vendor's answer that its own clients read, such as its id for the call and what is left of its limits, with
   * names in lower case. Only for answers of vendors that were asked in the API of the call, in the wires that have them.
   */
  readonly vendorHeaders?: Readonly<Record<string, string>> | undefined;
  /** Fields of the request whose values were lowered to what the operator allows, e.g. `num_retries`. */
  readonly cappedParams?: readonly string[];
  /**
   * Request fields that were dropped before sending. Paths that begin with `answer.` are parts of the answer that the
   * caller's API has no place for; for streams, they are known at their end.
   */
  readonly droppedParams: readonly string[];
}
