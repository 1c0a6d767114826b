import type { Cancellation } from "./cancellation.js";
import type { MidStreamFallback } from "./config.js";
import type { Timeouts } from "./deployment.js";
import type { RequestFallbacks } from "./fallbacks.js";
import type { JsonObject } from "./json.js";
import type { DropParams } from "./refusals.js";

/**
 * Text that is decoded each time it is needed, from bytes that are kept instead. A call with such a text does not keep
 * the request that was parsed from it while a vendor works. Another attempt parses it again.
 */
export interface LazyText {
  text(): string;
  /** Does the same in several turns of the event loop. If it is not set, `text` is called. */
  textInTurns?(): Promise<string>;
  /** The text in UTF-8, if available. Must not be changed. */
  readonly bytes?: Uint8Array;
}

/** The options of one call for the response cache. Times are in milliseconds. */
export interface CacheControls {
  /** Skips the lookup; the answer is still stored. */
  readonly noCache?: boolean;
  /** Skips storing; the lookup is still made. */
  readonly noStore?: boolean;
  /** How long this answer is stored. */
  readonly ttlMs?: number;
  /** The greatest age of a cached answer that is used. */
  readonly maxAgeMs?: number;
  /** Entries of other namespaces are neither read nor changed. */
  readonly namespace?: string;
  /** Whether the cache is used at all. @defaultValue as `cache.mode` says */
  readonly useCache?: boolean;
}

/**
 * The options of one call. They take precedence over those of the group and the router. Every option corresponds to a
 * field in LiteLLM's request bodies. Options that code passes are the operator's, and apply as they are. Fields of a
 * body are the client's: `num_retries`, `max_fallbacks`, `max_attempts`, `deadline` and `hold_back_events` may lower
 * what is configured, but not raise it.
 */
export interface CallOptions {
  /**
   * Whether a client chose these options, for example in headers. If so, they are limited like the fields of a body.
   */
  readonly fromClient?: boolean;
  /** Stops the call within 100 ms, in every phase. */
  readonly signal?: AbortSignal;
  /** Like `signal`, but cheaper, for servers that make many calls. */
  readonly cancellation?: Cancellation;
  /** Shown in the trail, headers and events. @defaultValue a new id */
  readonly callId?: string;
  /**
   * The JSON text that the request was parsed from, for servers that have it. A vendor with the same wire format then
   * receives it unchanged, except for the name of the model, as long as nothing else in the request has to be changed.
   * Omit it if an object in it has a key twice (`checkJsonShape` detects this), because the vendor might read the other
   * value.
   */
  readonly requestText?: string | LazyText;
  /**
   * Headers of the caller's request that are sent to a vendor with the same wire format, by their names in lower case.
   * A vendor with another wire format does not get them. Credentials and headers that belong to
   * a connection are refused.
   */
  readonly forwardHeaders?: Readonly<Record<string, string>>;
  /** A whole number, at least 0. */
  readonly numRetries?: number;
  /** The most attempts in total, fallbacks included. */
  readonly maxAttempts?: number;
  /**
   * Limits each attempt of a plain call, so that retries and waits can take several times as long; `deadlineMs` limits the call as a whole.
   * For streams, see `streamTimeoutMs`, for which it is the default.
   */
  readonly timeoutMs?: number;
  /** Limits the time to the first token of a stream, and the gaps in it. */
  readonly streamTimeoutMs?: number;
  readonly timeouts?: Timeouts;
  /** Limits the call as a whole: all attempts, waits and fallbacks. */
  readonly deadlineMs?: number;
  /** How long the request waits while all deployments of its group are at their limits. At least 0; 0: not at all. */
  readonly maxLimitWaitMs?: number;
  /**
   * Replaces the configured fallbacks. A list of groups is the whole chain, even if the prompt was too long for the
   * first group. Maps from group to list only replace the general lists. Neither applies to a request that a content
   * policy rejected.
   */
  readonly fallbacks?: RequestFallbacks;
  readonly contextWindowFallbacks?: RequestFallbacks;
  readonly contentPolicyFallbacks?: RequestFallbacks;
  readonly disableFallbacks?: boolean;
  readonly maxFallbacks?: number;
  readonly cache?: CacheControls;
  readonly tags?: readonly string[];
  /** Passed to strategies and callbacks. Never sent to a vendor. */
  readonly metadata?: JsonObject;
  /** Only deployments in these regions may serve. */
  readonly allowedRegions?: readonly string[];
  /** Identifies the caller and partitions the response cache. Never shown. */
  readonly caller?: string;
  /** Identifies the session that the request belongs to, for `affinity`. Sessions of different callers are apart. */
  readonly session?: string;
  /** Whether the caller's client has no place for encrypted reasoning, though the API of the call has. @defaultValue false */
  readonly losesReasoning?: boolean;
  readonly dropParams?: DropParams;
  /** Fields that are not sent, by name or by path, in addition to those that are configured. */
  readonly additionalDropParams?: readonly string[];
  /** Fields that are sent even if the provider expects them to be refused. */
  readonly allowedOpenaiParams?: readonly string[];
  /**
   * What happens when a plain-text stream breaks after its first content. @defaultValue the router's setting, or
   * `error`
   */
  readonly midStreamFallback?: MidStreamFallback;
  /**
   * How many events with content are held back at the beginning of a stream, so that failures among them stay
   * invisible. A whole number, at least 0. @defaultValue 0
   */
  readonly holdBackEvents?: number;
  /** The client's own key or address, if the deployment's `clientSideAuthParams` allow it. */
  readonly clientAuth?: { readonly apiKey?: string; readonly apiBase?: string };
  /** Answers with this text instead of calling a vendor. */
  readonly mockResponse?: string;
  /** Simulates a failure of the first group, to test fallbacks. */
  readonly mockFailure?: "general" | "context_window" | "content_policy" | "rate_limit" | "timeout";
}
