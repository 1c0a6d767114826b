import type { Capabilities, ClientSideParam, Continuation, PriceTier, Timeouts } from "./deployment.js";
import type { ErrorClassName } from "./errors/kinds.js";
import type { FallbackEntry, Fallbacks } from "./fallbacks.js";
import type { FinishReasonMeaning } from "./finish-reasons.js";
import type { JsonObject } from "./json.js";
import type { OperationName } from "./operations.js";
import type { DropParams, Refusals } from "./refusals.js";
import type { Secret } from "./secret.js";

/** One entry of the model list: what a user writes about one deployment. LiteLLM's names, in camelCase. */
export interface DeploymentOptions {
  /** The model group. May hold `*`: then it is a pattern for names, e.g. `openai/*`. */
  readonly modelName: string;
  /** The vendor's model, with or without the provider before it, e.g. `azure/gpt-4`, `gpt-4`, `openai/*`. */
  readonly model: string;
  /** Provider by name, when it cannot be told from `model`. */
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
  /** Requests a minute; also the weight under `simple-shuffle` when no `weight` is set. At least 0; 0 admits nothing. */
  readonly rpm?: number;
  /** Tokens a minute; also the weight when neither `weight` nor `rpm` is set. At least 0; 0 admits nothing. */
  readonly tpm?: number;
  /** Calls at the same time. Whole, at least 0; 0 admits nothing. */
  readonly maxParallelRequests?: number;
  /** At least 0. */
  readonly weight?: number;
  /** Tier; lower ones are used up first. */
  readonly order?: number;
  readonly tags?: readonly string[];
  readonly regionName?: string;
  /** The whole attempt of a plain call. Above 0. */
  readonly timeoutMs?: number;
  /** Streams: until the first token, and the longest gap. Above 0. */
  readonly streamTimeoutMs?: number;
  readonly timeouts?: Timeouts;
  readonly numRetries?: number;
  /** 0: never in cooldown. */
  readonly cooldownMs?: number;
  /** US dollars; 0 is a price. */
  readonly inputCostPerToken?: number;
  readonly outputCostPerToken?: number;
  readonly cachedInputCostPerToken?: number;
  /** @defaultValue what the provider of the model's vendor says (see `cachePricing`), else the input price */
  readonly cacheWriteCostPerToken?: number;
  /** Of what is written for an hour. @defaultValue as for `cacheWriteCostPerToken`, else `cacheWriteCostPerToken` itself */
  readonly cacheWriteHourCostPerToken?: number;
  /** Prices of calls whose prompts are longer than so many tokens. */
  readonly priceTiers?: readonly PriceTier[];
  /** Longest prompt. @defaultValue the model catalog's, when there is one */
  readonly maxInputTokens?: number;
  /**
   * The model that answers, when the deployment's own name does not say. Its price, its window and what it
   * refuses apply, whatever the deployment is called.
   */
  readonly baseModel?: string;
  readonly capabilities?: Capabilities;
  /** Request fields that apply where the request does not set them, under their wire names. */
  readonly defaults?: JsonObject;
  /** Drops request fields that the host or the model refuses, or only those named. @defaultValue as the router says */
  readonly dropParams?: DropParams;
  /** Fields that are never sent, by name or by path, e.g. `tools[*].function.strict`. */
  readonly additionalDropParams?: readonly string[];
  /** What the host or the model refuses beyond what its provider knows. */
  readonly refuses?: Refusals;
  /** Fields that are sent even if the provider takes them for refused. */
  readonly allowedOpenaiParams?: readonly string[];
  /**
   * What a client may bring along: `api_key`; `api_base`, then to public addresses only; or `{ apiBase: PATTERN }`, an
   * `api_base` that the regular expression matches as a whole, private ones included. @defaultValue nothing
   */
  readonly clientSideAuthParams?: readonly ClientSideParam[];
  /**
   * How it is asked to continue an answer from its beginning, when the stream of another deployment broke; also `{}` says
   * that it can. @defaultValue as its host is known to
   */
  readonly continuation?: Continuation;
  /**
   * What finish reasons mean, by word, where a host writes its own: `stop` (a whole answer), `length` (cut by a limit),
   * `content_filter`, or the class of the failure that it stands for, e.g. `{ sensitive: "ContentPolicyViolationError" }`.
   * @defaultValue the words that are known of OpenAI's wire format and its hosts
   */
  readonly finishReasons?: Readonly<Record<string, FinishReasonMeaning>>;
  readonly mockResponse?: string;
  /** What only the provider understands. */
  readonly settings?: JsonObject;
  /** What callers may know of it beyond the rest, e.g. `{ mode: "chat" }`. Nothing here reads it. No place for secrets. */
  readonly info?: JsonObject;
}

/**
 * What happens to a plain-text stream that breaks after it has shown content: `error` reports the failure; `continue` has a
 * deployment continue it that takes the beginning of an answer as such; with `instruct` any other deployment is asked in
 * words to go on where the text ends, where no deployment can continue from a beginning.
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

/** How many retries a class of failure gets; wins over every `numRetries` but the request's. */
export type RetryPolicy = Partial<Readonly<Record<ErrorClassName, number | { readonly maxRetries: number }>>>;

/** How many failures of a class are allowed within a minute before the deployment cools down. */
export type AllowedFailsPolicy = Partial<Readonly<Record<ErrorClassName, number>>>;

export type AliasTarget =
  | string
  | {
      readonly model: string;
      /** Left out of listings. @defaultValue false */
      readonly hidden?: boolean;
    };

/** What may be said for one model group alone. */
export interface GroupOptions {
  readonly numRetries?: number;
  readonly retryPolicy?: RetryPolicy;
  readonly timeoutMs?: number;
  readonly streamTimeoutMs?: number;
  readonly timeouts?: Timeouts;
  readonly cooldownMs?: number;
}

export interface CacheOptions {
  /** How long answers are kept. Above 0. @defaultValue 600_000 */
  readonly ttlMs?: number;
  readonly namespace?: string;
  /**
   * Whether calls of one `caller` are answered with what another one was. The gateway names callers by their keys; calls
   * that name none share. @defaultValue false
   */
  readonly shared?: boolean;
  /**
   * Identical plain calls in the air share one call to a deployment, and its failure. Works without a cache. Streams are
   * never shared. @defaultValue false
   */
  readonly singleFlight?: boolean;
  /** `default_off`: only calls that say `use-cache` are looked up and kept. @defaultValue `default_on` */
  readonly mode?: "default_on" | "default_off";
  /** What is looked up and kept. @defaultValue every operation */
  readonly operations?: readonly OperationName[];
  /** Groups whose answers stand for each other's, list by list. */
  readonly groups?: readonly (readonly string[])[];
  /** Longest wait for the cache, in milliseconds, above 0; then it counts as empty for a second. @defaultValue 250 */
  readonly lookupTimeoutMs?: number;
}

/** A share of recent requests plus a floor: what retries may add to the load in an outage. */
export interface RetryBudgetOptions {
  /** Retries for each request of the last 10 s, 0 to 1. @defaultValue 0.2 */
  readonly share?: number;
  /** Retries a second that are always allowed. @defaultValue 10 */
  readonly floorPerSecond?: number;
}

/**
 * Everything about routing that is plain data: what a YAML file can say, and what a program may write. Names are
 * LiteLLM's in camelCase; times are milliseconds.
 */
export interface RouterConfig {
  readonly modelList: readonly DeploymentOptions[];
  /** Other names for groups. A group of the same name wins, with a warning. */
  readonly modelGroupAlias?: Readonly<Record<string, AliasTarget>>;
  readonly groups?: Readonly<Record<string, GroupOptions>>;
  /** Names for several groups together: a call to one goes to any deployment of them. A group of the same name wins. */
  readonly routingGroups?: Readonly<Record<string, readonly string[]>>;
  readonly fallbacks?: Fallbacks;
  readonly contextWindowFallbacks?: Fallbacks;
  readonly contentPolicyFallbacks?: Fallbacks;
  /** For every group without a list of its own; the same as `fallbacks: {"*": [...]}`. */
  readonly defaultFallbacks?: readonly FallbackEntry[];
  /** Groups tried after the first. Whole, at least 0. @defaultValue 5 */
  readonly maxFallbacks?: number;
  /** Retries in each group. Whole, at least 0. @defaultValue 2 */
  readonly numRetries?: number;
  readonly retryPolicy?: RetryPolicy;
  readonly modelGroupRetryPolicy?: Readonly<Record<string, RetryPolicy>>;
  /** Calls to deployments in all. @defaultValue (1 + retries) in each group of the chain */
  readonly maxAttempts?: number;
  /** Least wait before the same deployment is asked again; exponential from there, at most 8 s. @defaultValue 0 */
  readonly retryAfterMs?: number;
  /**
   * Longest wait before the same deployment is asked again, where the group has a fallback: with a longer one, the
   * vendor's `Retry-After` for instance, the request goes on to the fallback at once. At least 0. @defaultValue 5_000
   */
  readonly maxRetryWaitMs?: number;
  readonly retryBudget?: RetryBudgetOptions | false;
  /** The whole attempt of a plain call. @defaultValue 600_000 */
  readonly timeoutMs?: number;
  /** Streams: until the first token, and the longest gap. @defaultValue `timeoutMs` */
  readonly streamTimeoutMs?: number;
  readonly timeouts?: Timeouts;
  /** Everything together. @defaultValue none */
  readonly deadlineMs?: number;
  /**
   * Failures within a minute that are allowed; the next one starts a cooldown.
   * @defaultValue none: a cooldown starts when more than half of at least 5 calls in a minute failed, and at once by 401, 404, 429
   */
  readonly allowedFails?: number;
  readonly allowedFailsPolicy?: AllowedFailsPolicy;
  /** How long a cooldown lasts. A vendor's longer `Retry-After` wins. At most one day; 0: none. @defaultValue 5_000 */
  readonly cooldownMs?: number;
  /**
   * Longest cooldown that a vendor's `Retry-After` can ask for; a longer `cooldownMs` wins. A used-up quota and a rejected
   * credential may ask for up to one day. Above 0, at most one day. @defaultValue 3_600_000
   */
  readonly maxCooldownMs?: number;
  readonly disableCooldowns?: boolean;
  /** The share of the traffic grows back over this long after a recovery; 0: it is back at once. @defaultValue 0 */
  readonly slowStartMs?: number;
  /** Skips deployments whose window is too small or whose model lacks what the request needs. @defaultValue false */
  readonly enablePreCallChecks?: boolean;
  /** @defaultValue false */
  readonly enableTagFiltering?: boolean;
  /** One common tag is enough; false: the deployment must have all. @defaultValue true */
  readonly tagFilteringMatchAny?: boolean;
  /** Request fields for every call that does not set them. */
  readonly defaultParams?: JsonObject;
  /** For every deployment without `maxParallelRequests`. Whole, at least 0. @defaultValue none */
  readonly defaultMaxParallelRequests?: number;
  /** `window`: calendar minutes. `bucket`: token bucket with a burst of a tenth. @defaultValue `window` */
  readonly limitAlgorithm?: "window" | "bucket";
  /** Drops request fields that a host or model refuses, or only those named, instead of failing. @defaultValue false */
  readonly dropParams?: DropParams;
  readonly additionalDropParams?: readonly string[];
  /** Keeps answers; needs a cache. @defaultValue whether a cache was given */
  readonly cacheResponses?: boolean;
  readonly cache?: CacheOptions;
  readonly midStreamFallback?: MidStreamFallback;
  readonly holdBackEvents?: number;
}
