import type { FinishReasons } from "./finish-reasons.js";
import type { JsonObject } from "./json.js";
import type { OperationName } from "./operations.js";
import type { DropParams, Refusals } from "./refusals.js";
import type { Secret } from "./secret.js";

/** Limits on the phases of one attempt, in milliseconds. Omitted ones are inherited from the group or the router. */
export interface Timeouts {
  /** Until the connection is established. */
  readonly connectMs?: number;
  /** Until the status and headers of the answer have arrived. */
  readonly headersMs?: number;
  /** For streams: until the first event with content. */
  readonly firstTokenMs?: number;
  /** For streams: the longest gap between events with content. Comments do not count. */
  readonly idleMs?: number;
  /** The whole attempt, to the last byte. */
  readonly totalMs?: number;
}

/** The limits of one deployment, per minute or at the same time. Omitted: no limit. */
export interface Limits {
  /** Requests per minute. */
  readonly rpm?: number;
  /** Tokens per minute, of prompts and answers. */
  readonly tpm?: number;
  /** Calls in flight at the same time. */
  readonly maxParallelRequests?: number;
}

/** In US dollars per token. `undefined` means unknown, which is not the same as 0. */
export interface Prices {
  readonly inputCostPerToken: number | undefined;
  readonly outputCostPerToken: number | undefined;
  /** For prompt tokens read from the vendor's cache. If unknown: `inputCostPerToken`. */
  readonly cachedInputCostPerToken?: number | undefined;
  /** For prompt tokens written to the vendor's cache. If unknown: `inputCostPerToken`. */
  readonly cacheWriteCostPerToken?: number | undefined;
  /** For those that are stored for an hour. If unknown: `cacheWriteCostPerToken`. */
  readonly cacheWriteHourCostPerToken?: number | undefined;
  /** Prices of calls with long prompts, in ascending order of `aboveTokens`. */
  readonly tiers?: readonly PriceTier[] | undefined;
}

/** The prices of calls whose prompts are longer than `aboveTokens`. If unknown, they are those of shorter prompts. */
export interface PriceTier {
  readonly aboveTokens: number;
  readonly inputCostPerToken?: number | undefined;
  readonly outputCostPerToken?: number | undefined;
  readonly cachedInputCostPerToken?: number | undefined;
  readonly cacheWriteCostPerToken?: number | undefined;
  readonly cacheWriteHourCostPerToken?: number | undefined;
}

/** The capabilities of a model. `undefined` means unknown; then nothing is refused. */
export interface Capabilities {
  readonly tools?: boolean | undefined;
  readonly vision?: boolean | undefined;
  readonly jsonSchema?: boolean | undefined;
  /** Whether it can continue an answer from a given beginning. If unknown: as the provider says. */
  readonly prefix?: boolean | undefined;
}

/**
 * What a host expects in a request whose last message, from the assistant, is the beginning of the answer, e.g.
 * `{ message: { prefix: true } }` or `{ body: { continue_final_message: true, add_generation_prompt: false } }`.
 */
export interface Continuation {
  /** Added to the last message. @defaultValue nothing */
  readonly message?: JsonObject | undefined;
  /** Added to the request. @defaultValue nothing */
  readonly body?: JsonObject | undefined;
}

/** An API for conversations: chat completions, Messages or Responses. */
export type WireName = Extract<OperationName, "chat" | "messages" | "responses">;

/** How to reach a deployment. Only providers read it. */
export interface Connection {
  readonly apiKey: Secret | undefined;
  /** The base URL, without a trailing slash. `undefined`: the default of the provider. */
  readonly baseUrl: string | undefined;
  readonly apiVersion: string | undefined;
  readonly organization: string | undefined;
  /** Sent with every call. Values may be secrets. */
  readonly headers: Readonly<Record<string, Secret>>;
  /**
   * Set for calls whose `baseUrl` comes from a client. A provider passes it to its transport as
   * {@link TransportRequest.publicOnly}. A provider without a transport must itself refuse private addresses.
   */
  readonly publicOnly?: boolean;
}

/**
 * What a client may bring: `api_key`, `api_base` (public addresses only), or an `api_base` that a regular expression
 * matches as a whole. Such a pattern may allow private hosts.
 */
export type ClientSideParam = string | { readonly apiBase: string };

/**
 * One place that can serve a model group: a provider, a model of the vendor, a key and its limits. A frozen, plain
 * object, which holds the configuration and no state.
 */
export interface Deployment {
  /**
   * Stable for the same settings, across reloads and processes. Contains no secrets. Suitable for headers and metrics.
   */
  readonly id: string;
  /** The model group that it belongs to. May be a pattern, e.g. `openai/*`. */
  readonly group: string;
  /** The name of the provider that calls it. */
  readonly provider: string;
  /** The vendor's name for the model or for its deployment. A `*` stands for what the `*` of the group matched. */
  readonly model: string;
  /** The public model behind `model`, which decides what is refused. `undefined`: `model` names it. */
  readonly baseModel?: string | undefined;
  readonly connection: Connection;
  /** Request fields that apply if the request does not set them, under their wire names. */
  readonly defaults: JsonObject;
  readonly limits: Limits;
  /** The share of the traffic under strategies with weights. At least 0. `undefined`: not set. */
  readonly weight: number | undefined;
  /** The tier. Lower tiers are used first. */
  readonly order: number | undefined;
  readonly tags: readonly string[];
  readonly region: string | undefined;
  readonly prices: Prices;
  /** The longest prompt, in tokens. `undefined`: unknown. */
  readonly maxInputTokens: number | undefined;
  readonly capabilities: Capabilities;
  readonly timeouts: Timeouts;
  /** Retries within the group after a failure of this deployment. `undefined`: as the group says. */
  readonly numRetries: number | undefined;
  /** How long its cooldowns last. `undefined`: as the router says. 0: it never cools down. */
  readonly cooldownMs: number | undefined;
  /** Which fields to drop if the vendor does not support them. `undefined`: as the router says. */
  readonly dropParams: DropParams | undefined;
  /** Fields that are never sent. */
  readonly additionalDropParams: readonly string[];
  /** What is refused, in addition to what the provider knows. */
  readonly refuses?: Refusals | undefined;
  /** Fields that are sent even if the provider expects them to be refused. */
  readonly allowedOpenaiParams?: readonly string[] | undefined;
  /** Connection fields that a client may set. No configured secret is sent to a client's own address. */
  readonly clientSideAuthParams: readonly ClientSideParam[];
  /** The API over which all calls are made. `undefined`: as the provider decides. */
  readonly wire?: WireName | undefined;
  /** Whether chats are made over Responses. Only the vendor that both APIs come from applies it. @defaultValue false */
  readonly chatOverResponses?: boolean | undefined;
  /** Whether calls of Messages are made over chat completions, and not over Responses. @defaultValue false */
  readonly messagesOverChat?: boolean | undefined;
  /** Whether translated requests ask for summaries of what the model thinks. @defaultValue false */
  readonly reasoningSummaries?: boolean | undefined;
  /** What its host expects in order to continue an answer, if it can. `undefined`: as the provider says. */
  readonly continuation?: Continuation | undefined;
  /**
   * What finish reasons mean at this deployment. They win over the provider's and the operation's. @defaultValue none
   */
  readonly finishReasons?: FinishReasons | undefined;
  /** Answers with this text instead of calling a vendor. */
  readonly mockResponse: string | undefined;
  /** Settings that only the provider understands. */
  readonly settings: JsonObject;
  /** More facts that callers may see. Not used by the router; providers may read `mode` and `supported_endpoints`. */
  readonly info?: JsonObject | undefined;
}

/** The public facts of a deployment, without its connection. */
export type DeploymentInfo = Pick<
  Deployment,
  | "id"
  | "group"
  | "provider"
  | "model"
  | "limits"
  | "weight"
  | "order"
  | "tags"
  | "region"
  | "prices"
  | "maxInputTokens"
  | "capabilities"
  | "info"
>;
