import type { Cancellation } from "./cancellation.js";
import type { MidStreamFallback } from "./config.js";
import type { Timeouts } from "./deployment.js";
import type { RequestFallbacks } from "./fallbacks.js";
import type { JsonObject } from "./json.js";
import type { DropParams } from "./refusals.js";

/**
 * A text that is made when it is asked for, each time: what is kept meanwhile may be its bytes. A call that has one does not
 * keep the request that was parsed from it while a vendor works; for another attempt it is parsed again.
 */
export interface LazyText {
  text(): string;
  /** The text in UTF-8, where it is at hand. Nobody changes it. */
  readonly bytes?: Uint8Array;
}

/** What one call may say about the response cache. Times are milliseconds. */
export interface CacheControls {
  /** Skips the lookup; the answer is still stored. */
  readonly noCache?: boolean;
  /** Skips storing; the lookup is still made. */
  readonly noStore?: boolean;
  /** How long this answer is kept. */
  readonly ttlMs?: number;
  /** Oldest answer that is taken. */
  readonly maxAgeMs?: number;
  /** Entries of another namespace are neither seen nor touched. */
  readonly namespace?: string;
  /** Whether the cache is used at all. @defaultValue as `cache.mode` says */
  readonly useCache?: boolean;
}

/**
 * What one call may say for itself; it wins over group and router. Every field has a twin in LiteLLM's request body.
 * Values that code gives here are the operator's own. Those of a body are a client's: `num_retries`, `max_fallbacks`,
 * `max_attempts`, `deadline` and `hold_back_events` may lower what is configured, but not raise it.
 */
export interface CallOptions {
  /** Whether a client chose these options, as in the headers of a request: then they are limited as a body's fields are. */
  readonly fromClient?: boolean;
  /** Stops the call in every phase, within 100 ms. */
  readonly signal?: AbortSignal;
  /** As `signal`, for servers that make many calls: costs less. */
  readonly cancellation?: Cancellation;
  /** Shown in the trail, headers and events. @defaultValue a new id */
  readonly callId?: string;
  /**
   * The JSON text that the request was parsed from, for servers that have it: a vendor that speaks the same language then
   * gets it as it came, but for the model's name. Used only while nothing else of the request is changed. Leave
   * it out where a key stands twice in it (`checkJsonShape` finds that): the vendor might read another value.
   */
  readonly requestText?: string | LazyText;
  /** Whole number of at least 0. */
  readonly numRetries?: number;
  /** Calls to deployments in all, fallbacks included. */
  readonly maxAttempts?: number;
  /** The whole attempt of a plain call; of a stream, first token and gaps, unless `streamTimeoutMs` says otherwise. */
  readonly timeoutMs?: number;
  /** Streams: until the first token, and the longest gap. */
  readonly streamTimeoutMs?: number;
  readonly timeouts?: Timeouts;
  /** Everything together: queueing, attempts, waits, fallbacks. */
  readonly deadlineMs?: number;
  /**
   * Replaces the configured fallbacks. A list of groups stands for the whole chain, also after a prompt that was too
   * long; maps from group to list replace the general lists alone. What a policy rejected takes neither.
   */
  readonly fallbacks?: RequestFallbacks;
  readonly contextWindowFallbacks?: RequestFallbacks;
  readonly contentPolicyFallbacks?: RequestFallbacks;
  readonly disableFallbacks?: boolean;
  readonly maxFallbacks?: number;
  readonly cache?: CacheControls;
  readonly tags?: readonly string[];
  /** Handed to strategies and callbacks; never sent to a vendor. */
  readonly metadata?: JsonObject;
  /** Only deployments of these regions. */
  readonly allowedRegions?: readonly string[];
  /** Whose call it is: partitions the response cache. Never shown. */
  readonly caller?: string;
  readonly dropParams?: DropParams;
  /** Fields that are not sent, by name or by path, beside those that the configuration names. */
  readonly additionalDropParams?: readonly string[];
  /** Fields that are sent even if the provider takes them for refused. */
  readonly allowedOpenaiParams?: readonly string[];
  /** What happens to a plain-text stream that breaks after it has shown content. @defaultValue as the router says, else `error` */
  readonly midStreamFallback?: MidStreamFallback;
  /**
   * Streams: events with content that are held back until so many are there, so that more failures stay invisible.
   * Whole, at least 0. @defaultValue 0
   */
  readonly holdBackEvents?: number;
  /** Connection of the client's own, where a deployment's `clientSideAuthParams` allow it. */
  readonly clientAuth?: { readonly apiKey?: string; readonly apiBase?: string };
  /** Answers with this text instead of calling anyone. */
  readonly mockResponse?: string;
  /** Fails the first group, to see the fallbacks work. */
  readonly mockFailure?: "general" | "context_window" | "content_policy" | "rate_limit" | "timeout";
}
