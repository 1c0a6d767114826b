import type { Capabilities, ClientSideParam, Continuation, PriceTier, Timeouts, WireName } from "./deployment.js";
import type { ErrorClassName } from "./errors/kinds.js";
import type { FallbackEntry, Fallbacks } from "./fallbacks.js";
import type { FinishReasonMeaning } from "./finish-reasons.js";
import type { JsonObject } from "./json.js";
import type { OperationName } from "./operations.js";
import type { DropParams, Refusals } from "./refusals.js";
import type { Secret } from "./secret.js";

/** One entry of the model list: the options of one deployment, under LiteLLM's names in camelCase. */
export interface DeploymentOptions {
  /** The model group. With a `*` it is a pattern for names, e.g. `openai/*`. */
  readonly modelName: string;
  /** The vendor's model, with or without the name of the provider in front, e.g. `azure/gpt-4`, `gpt-4`, `openai/*`. */
  readonly model: string;
  /** The name of the provider, if it does not follow from `model`. */
  readonly provider?: string;
  /** Your own stable id. Letters, digits and `._:/-`. @defaultValue a fingerprint of the settings */
  readonly id?: string;
  readonly apiKey?: string | Secret | undefined;
  /** Base URL of the API, e.g. `https://api.openai.com/v1`. */
  readonly apiBase?: string;
  readonly apiVersion?: string;
  readonly organization?: string;
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string | Secret>>;
  /**
   * Requests per minute; also the weight under `simple-shuffle` if no `weight` is set. At least 0; 0 admits nothing.
   */
  readonly rpm?: number;
  /** Tokens per minute; also the weight if neither `weight` nor `rpm` is set. At least 0; 0 admits nothing. */
  readonly tpm?: number;
  /** Calls in flight at the same time. A whole number, at least 0; 0 admits nothing. */
  readonly maxParallelRequests?: number;
  /** At least 0. */
  readonly weight?: number;
  /** The tier. Lower tiers are used first, and deployments without one last. */
  readonly order?: number;
  readonly tags?: readonly string[];
  readonly regionName?: string;
  /** Limits each attempt of a plain call. Above 0. */
  readonly timeoutMs?: number;
  /** Limits the time to the first token of a stream, and the gaps in it. Above 0. */
  readonly streamTimeoutMs?: number;
  readonly timeouts?: Timeouts;
  readonly numRetries?: number;
  /** 0: it never cools down. */
  readonly cooldownMs?: number;
  /** In US dollars. 0 is a price. */
  readonly inputCostPerToken?: number;
  readonly outputCostPerToken?: number;
  readonly cachedInputCostPerToken?: number;
  /** @defaultValue what the provider of the model's vendor says (see `cachePricing`), else the input price */
  readonly cacheWriteCostPerToken?: number;
  /**
   * For tokens stored for an hour. @defaultValue as for `cacheWriteCostPerToken`, or `cacheWriteCostPerToken` itself
   */
  readonly cacheWriteHourCostPerToken?: number;
  /** Prices of calls with longer prompts. */
  readonly priceTiers?: readonly PriceTier[];
  /** The longest prompt, in tokens. @defaultValue as the model catalog says, if there is one */
  readonly maxInputTokens?: number;
  /**
   * The model that answers, if the name in `model` does not show it. Its prices, its window and the fields that it
   * refuses apply, whatever the deployment is called.
   */
  readonly baseModel?: string;
  readonly capabilities?: Capabilities;
  /** Request fields that apply if the request does not set them, under their wire names. */
  readonly defaults?: JsonObject;
  /**
   * Whether to drop request fields that the host or the model refuses, or which ones. @defaultValue as the router says
   */
  readonly dropParams?: DropParams;
  /** Fields that are never sent, by name or by path, e.g. `tools[*].function.strict`. */
  readonly additionalDropParams?: readonly string[];
  /** What the host or the model refuses, in addition to what the provider knows. */
  readonly refuses?: Refusals;
  /** Fields that are sent even if the provider expects them to be refused. */
  readonly allowedOpenaiParams?: readonly string[];
  /**
   * What a client may bring: `api_key`; `api_base`, for public addresses only; or `{ apiBase: PATTERN }`, for an
   * `api_base` that the regular expression matches as a whole, private addresses included. @defaultValue nothing
   */
  readonly clientSideAuthParams?: readonly ClientSideParam[];
  /**
   * The API over which all calls are made, whatever API the caller uses: requests and answers of other callers are
   * translated. @defaultValue what suits the host, the model and the request
   */
  readonly wire?: WireName;
  /**
   * How it is asked to continue an answer from its beginning when the stream of another deployment breaks. `{}` if it
   * needs nothing special. @defaultValue as known for its host
   */
  readonly continuation?: Continuation;
  /**
   * What the host's own finish reasons mean: `stop` (a whole answer), `length` (cut off by a limit), `content_filter`,
   * or the class of the failure that it stands for, e.g. `{ sensitive: "ContentPolicyViolationError" }`.
   * @defaultValue the known words of OpenAI's wire format and of hosts that use it
   */
  readonly finishReasons?: Readonly<Record<string, FinishReasonMeaning>>;
  readonly mockResponse?: string;
  /** Settings that only the provider understands. */
  readonly settings?: JsonObject;
  /**
   * More facts that callers may see, e.g. `{ mode: "chat" }`. Not used by the router; a provider may read the mode
   * `responses` and `supported_endpoints`. Must not contain secrets.
   */
  readonly info?: JsonObject;
}

/**
 * What happens when a plain-text stream breaks after its first content. `error` reports the failure. `continue` lets a
 * deployment continue it that accepts the beginning of an answer. With `instruct`, if there is no such deployment, any
 * other one is instructed to go on where the text ends.
 */
export type MidStreamFallback =
  | "error"
  | "continue"
  | {
      /** @defaultValue true */
      readonly continue?: boolean | undefined;
      /** @defaultValue false */
      readonly instruct?: boolean | undefined;
    };

/**
 * The number of retries for each class of failure. Takes precedence over `numRetries`, except over that of a request.
 */
export type RetryPolicy = Partial<Readonly<Record<ErrorClassName, number | { readonly maxRetries: number }>>>;

/** The failures of each class that are allowed within a minute before the deployment cools down. */
export type AllowedFailsPolicy = Partial<Readonly<Record<ErrorClassName, number>>>;

export type AliasTarget =
  | string
  | {
      readonly model: string;
      /** Whether listings omit it. @defaultValue false */
      readonly hidden?: boolean;
    };

/**
 * What identifies a session, whose requests are sent where its prompts are cached.
 * - `session`: an id that the caller sends: the option `session`, `prompt_cache_key`, the session headers of coding tools, or a
 *   `conversation`.
 * - `response`: the answer that the request continues, by its `previous_response_id`.
 * - `prompt`: the beginning of the prompt: tools, instructions and turns.
 * - `user`: the caller, together with the `user` of the request.
 */
export type AffinityKey = "session" | "response" | "prompt" | "user";

/** The options of one model group. */
export interface GroupOptions {
  /** Which keys keep a session at its deployment. @defaultValue as the router says */
  readonly affinity?: boolean | readonly AffinityKey[];
  readonly numRetries?: number;
  readonly retryPolicy?: RetryPolicy;
  readonly timeoutMs?: number;
  readonly streamTimeoutMs?: number;
  readonly timeouts?: Timeouts;
  readonly cooldownMs?: number;
  /** How long a request waits while all deployments of the group are at their limits. @defaultValue as the router says */
  readonly maxLimitWaitMs?: number;
}

export interface CacheOptions {
  /** How long answers are stored. Above 0. @defaultValue 600_000 */
  readonly ttlMs?: number;
  readonly namespace?: string;
  /**
   * Whether different callers share cached answers. The gateway identifies callers by their keys. Calls without a
   * `caller` always share. @defaultValue false
   */
  readonly shared?: boolean;
  /**
   * Whether identical plain calls that are in flight at the same time share one call to a deployment, and its failure.
   * Works without a cache. Streams are never shared. @defaultValue false
   */
  readonly singleFlight?: boolean;
  /** `default_off`: only calls with `use-cache` use the cache. @defaultValue `default_on` */
  readonly mode?: "default_on" | "default_off";
  /** Operations that use the cache. @defaultValue all operations */
  readonly operations?: readonly OperationName[];
  /** Lists of groups that share their cached answers. */
  readonly groups?: readonly (readonly string[])[];
  /** The longest wait for the cache, above 0. After that it counts as empty for a second. @defaultValue 250 */
  readonly lookupTimeoutMs?: number;
}

/** Limits how much retries may add to the load in an outage: a share of the recent requests plus a fixed minimum. */
export interface RetryBudgetOptions {
  /** Retries per request of the last 10 s, from 0 to 1. @defaultValue 0.2 */
  readonly share?: number;
  /** Retries per second that are always allowed. @defaultValue 10 */
  readonly floorPerSecond?: number;
}

/**
 * All routing options that are plain data, which can come from a YAML file or from code. Names are LiteLLM's in
 * camelCase; times are in milliseconds.
 */
export interface RouterConfig {
  readonly modelList: readonly DeploymentOptions[];
  /** Other names for groups. If a group has the same name, the group wins, with a warning. */
  readonly modelGroupAlias?: Readonly<Record<string, AliasTarget>>;
  readonly groups?: Readonly<Record<string, GroupOptions>>;
  /** Names for several groups. A call to one goes to any deployment of these groups. A group of the same name wins. */
  readonly routingGroups?: Readonly<Record<string, readonly string[]>>;
  readonly fallbacks?: Fallbacks;
  readonly contextWindowFallbacks?: Fallbacks;
  readonly contentPolicyFallbacks?: Fallbacks;
  /** For all groups without their own list; the same as `fallbacks: {"*": [...]}`. */
  readonly defaultFallbacks?: readonly FallbackEntry[];
  /** The most groups tried after the first. A whole number, at least 0. @defaultValue 5 */
  readonly maxFallbacks?: number;
  /** Retries in each group. A whole number, at least 0. @defaultValue 2 */
  readonly numRetries?: number;
  readonly retryPolicy?: RetryPolicy;
  readonly modelGroupRetryPolicy?: Readonly<Record<string, RetryPolicy>>;
  /** The most attempts in total. @defaultValue (1 + retries) in each group of the chain */
  readonly maxAttempts?: number;
  /**
   * The shortest wait before another attempt at the same deployment. It doubles from there, up to 8 s. @defaultValue 0
   */
  readonly retryAfterMs?: number;
  /**
   * The longest wait before another attempt at the same deployment, if the group has a fallback. If the wait would be
   * longer, for example because of the vendor's `Retry-After`, the request moves on to the fallback at once. At least
   * 0.
   * @defaultValue 5_000
   */
  readonly maxRetryWaitMs?: number;
  readonly retryBudget?: RetryBudgetOptions | false;
  /** Limits each attempt of a plain call; `deadlineMs` limits the call as a whole. @defaultValue 600_000 */
  readonly timeoutMs?: number;
  /** Limits the time to the first token of a stream, and the gaps in it. @defaultValue `timeoutMs` */
  readonly streamTimeoutMs?: number;
  readonly timeouts?: Timeouts;
  /** Limits a call as a whole: all attempts, waits and fallbacks. @defaultValue none */
  readonly deadlineMs?: number;
  /**
   * The failures within a minute that are allowed; the next one starts a cooldown.
   * @defaultValue not set: a cooldown starts when more than half of at least 5 calls in a minute failed, and at once
   * after a 401, 404 or 429
   */
  readonly allowedFails?: number;
  readonly allowedFailsPolicy?: AllowedFailsPolicy;
  /**
   * How long a cooldown lasts. A longer `Retry-After` from the vendor wins. At most one day; 0: none. @defaultValue
   * 5_000
   */
  readonly cooldownMs?: number;
  /**
   * The longest cooldown that a vendor's `Retry-After` can cause. A longer `cooldownMs` wins. After a used-up quota or
   * a rejected credential it can be up to one day. Above 0, at most one day. @defaultValue 3_600_000
   */
  readonly maxCooldownMs?: number;
  readonly disableCooldowns?: boolean;
  /** How long the share of the traffic takes to grow back after a recovery. 0: it is back at once. @defaultValue 0 */
  readonly slowStartMs?: number;
  /**
   * Whether to skip deployments whose context window is too small or whose model lacks a capability. @defaultValue
   * false
   */
  readonly enablePreCallChecks?: boolean;
  /** @defaultValue false */
  readonly enableTagFiltering?: boolean;
  /**
   * Whether one tag in common is enough. If not, the deployment must have all tags of the request. @defaultValue true
   */
  readonly tagFilteringMatchAny?: boolean;
  /**
   * Whether requests of one session go to the deployment that has their prompts in its cache, as long as what the cache
   * saves is worth more than the wait there, and by which keys sessions are identified. `true`: by `session`, `response`
   * and `prompt`. Whatever the order of the list, the most specific key that a request has counts. @defaultValue false
   */
  readonly affinity?: boolean | readonly AffinityKey[];
  /** How long a session is remembered after its last request. Above 0. @defaultValue 3_600_000 */
  readonly affinityTtlMs?: number;
  /** Request fields that apply if a request does not set them. */
  readonly defaultParams?: JsonObject;
  /** For deployments without `maxParallelRequests`. A whole number, at least 0. @defaultValue none */
  readonly defaultMaxParallelRequests?: number;
  /**
   * `window`: calendar minutes. `bucket`: a token bucket with a burst of a tenth of the limit. @defaultValue `window`
   */
  readonly limitAlgorithm?: "window" | "bucket";
  /**
   * How long a request waits in all while every deployment that could serve it is at a limit: its `rpm`, `tpm` or
   * `maxParallelRequests`, or the vendor's own as its headers say. The requests of a group are served in the order in which they
   * came, at most 1,000 of them wait, and one whose wait would be longer gets its 429, or its fallback, at once. 0: none
   * waits. @defaultValue 0
   */
  readonly maxLimitWaitMs?: number;
  /**
   * Whether to drop request fields that a host or model refuses, or which ones, instead of failing. @defaultValue false
   */
  readonly dropParams?: DropParams;
  readonly additionalDropParams?: readonly string[];
  /** Whether to cache answers. Needs a cache. @defaultValue true if there is a cache */
  readonly cacheResponses?: boolean;
  readonly cache?: CacheOptions;
  /** Whether chats are made over Responses at the vendor that both APIs come from. @defaultValue false */
  readonly chatOverResponses?: boolean;
  /**
   * Whether calls of Messages are made over chat completions where a deployment would answer them over Responses.
   * @defaultValue false
   */
  readonly messagesOverChat?: boolean;
  /**
   * Whether detailed summaries of what a model thinks are asked for, where a request is translated and says how much to think,
   * but not what to show. @defaultValue false
   */
  readonly reasoningSummaries?: boolean;
  /**
   * How long what later turns of translated conversations need is kept after its last use: answers that callers of Responses may
   * refer to, and encrypted reasoning for callers whose API has no place for it. 0 keeps nothing. Requests with
   * `store: false` leave nothing, whatever is set here. @defaultValue 3_600_000
   */
  readonly conversationTtlMs?: number;
  readonly midStreamFallback?: MidStreamFallback;
  readonly holdBackEvents?: number;
}
