import type { ErrorKind } from "./errors/kinds.js";
import type { Usage } from "./wire/usage.js";

/** How a deployment is asked to continue an answer: from its beginning, or in words. */
export type ContinuationWay = "prefix" | "instruct";

/** One call to one deployment, as it ended. */
export interface AttemptRecord {
  readonly deploymentId: string;
  readonly group: string;
  readonly provider: string;
  /** The vendor's name of the model. */
  readonly model: string;
  /** Milliseconds since the Unix epoch, whole. */
  readonly startedAt: number;
  /** Until the answer was whole, or the failure known; of a stream that goes on: until now. */
  readonly durationMs: number;
  /** Streams: until the first event that carried content. */
  readonly firstTokenMs?: number;
  /** Tokens, when they are known or, of a stream that broke, estimated. */
  readonly usage?: Usage;
  /**
   * How it was asked to continue a stream that had broken: from the beginning of the answer (`prefix`), or in words
   * (`instruct`). Not set: it was asked for a whole answer.
   */
  readonly continues?: ContinuationWay;
  readonly outcome: "success" | "failure" | "aborted" | "pending";
  readonly error?: {
    readonly kind: ErrorKind;
    readonly status: number;
    /** The vendor's own; not set where nobody answered, or the failure came inside a 200. */
    readonly upstreamStatus?: number;
    readonly message: string;
    readonly retryAfterMs?: number;
  };
}

/** Why a deployment was not asked. */
export interface Rejection {
  readonly deploymentId: string;
  /** For people, e.g. `cooling down until 12:00:05 after rate_limit`. */
  readonly reason: string;
}

/** Who served a request, what was tried before, and why not the others. Grows until the call is over. */
export interface Trail {
  /** Of this request; the client's own when it sent one. */
  readonly callId: string;
  /** The name the caller asked for. */
  readonly requestedModel: string;
  /** What served, after alias and fallback; what was tried last, when nothing did. */
  readonly modelGroup: string;
  /** `undefined` until a deployment was chosen. */
  readonly deploymentId: string | undefined;
  readonly attempts: readonly AttemptRecord[];
  /** Attempts beyond the first in each group, of all groups together. */
  readonly retries: number;
  /** Groups that were left behind. */
  readonly fallbacks: number;
  /** `hit`: no deployment was asked. `shared`: another caller's identical call was joined. */
  readonly cache: "off" | "miss" | "hit" | "shared";
  /** Fingerprint of the cached entry, on a hit. */
  readonly cacheKey: string | undefined;
  readonly rejections: readonly Rejection[];
  /** Tokens of everything that was answered, broken beginnings included. Streams: known at their end. */
  readonly usage: Usage | undefined;
  /** US dollars for the answer; `undefined` when the price or the usage is unknown. */
  readonly costUsd: number | undefined;
  /** Fields of the request whose values were lowered to what the operator allows, such as `num_retries`. */
  readonly cappedParams?: readonly string[];
  /** Request fields that were dropped by rule before sending. */
  readonly droppedParams: readonly string[];
}
