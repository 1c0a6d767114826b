import type { FinishReasons } from "./finish-reasons.js";
import type { JsonObject } from "./json.js";
import type { DropParams, Refusals } from "./refusals.js";
import type { Secret } from "./secret.js";

/** Limits in milliseconds on the phases of one attempt. What is left out comes from the next wider setting. */
export interface Timeouts {
  /** Until the connection stands. */
  readonly connectMs?: number;
  /** Until the answer's status and headers are here. */
  readonly headersMs?: number;
  /** Streams: until the first event that carries content. */
  readonly firstTokenMs?: number;
  /** Streams: the longest gap between events that carry content. Comments do not count. */
  readonly idleMs?: number;
  /** The whole attempt, to the last byte. */
  readonly totalMs?: number;
}

/** What one deployment may be asked to do in a minute, or at once. Left out: not limited. */
export interface Limits {
  /** Requests a minute. */
  readonly rpm?: number;
  /** Tokens a minute, of prompts and answers. */
  readonly tpm?: number;
  /** Calls in flight at the same time. */
  readonly maxParallelRequests?: number;
}

/** US dollars per token. `undefined` is unknown, which is not 0. */
export interface Prices {
  readonly inputCostPerToken: number | undefined;
  readonly outputCostPerToken: number | undefined;
  /** Of prompt tokens read from the vendor's cache; unknown: as `inputCostPerToken`. */
  readonly cachedInputCostPerToken?: number | undefined;
  /** Of prompt tokens written to the vendor's cache; unknown: as `inputCostPerToken`. */
  readonly cacheWriteCostPerToken?: number | undefined;
  /** Of those that are written for an hour; unknown: as `cacheWriteCostPerToken`. */
  readonly cacheWriteHourCostPerToken?: number | undefined;
  /** Prices of calls with long prompts, by rising `aboveTokens`. */
  readonly tiers?: readonly PriceTier[] | undefined;
}

/** What all tokens of a call cost once its prompt is longer than so many tokens. Unknown: as with shorter ones. */
export interface PriceTier {
  readonly aboveTokens: number;
  readonly inputCostPerToken?: number | undefined;
  readonly outputCostPerToken?: number | undefined;
  readonly cachedInputCostPerToken?: number | undefined;
  readonly cacheWriteCostPerToken?: number | undefined;
  readonly cacheWriteHourCostPerToken?: number | undefined;
}

/** What a model can do; `undefined` is unknown, and then nothing is refused. */
export interface Capabilities {
  readonly tools?: boolean | undefined;
  readonly vision?: boolean | undefined;
  readonly jsonSchema?: boolean | undefined;
  /** Carries on an answer whose beginning is given. Unknown: as the provider says. */
  readonly prefix?: boolean | undefined;
}

/**
 * What a host wants to read where the last message of the assistant is the beginning of the answer, e.g.
 * `{ message: { prefix: true } }` or `{ body: { continue_final_message: true, add_generation_prompt: false } }`.
 */
export interface Continuation {
  /** Added to the last message. @defaultValue nothing */
  readonly message?: JsonObject | undefined;
  /** Added to the request. @defaultValue nothing */
  readonly body?: JsonObject | undefined;
}

/** How to reach a deployment. Only providers read it. */
export interface Connection {
  readonly apiKey: Secret | undefined;
  /** Base URL, without a trailing slash; `undefined`: the provider's own. */
  readonly baseUrl: string | undefined;
  readonly apiVersion: string | undefined;
  readonly organization: string | undefined;
  /** Sent with every call. Values may be secrets. */
  readonly headers: Readonly<Record<string, Secret>>;
  /**
   * Set for a call whose `baseUrl` a client brought: a provider hands it to its transport, as
   * {@link TransportRequest.publicOnly}. One that sends in another way must not connect to private addresses itself.
   */
  readonly publicOnly?: boolean;
}

/**
 * What a client may bring along: `api_key`, `api_base` (public addresses only), or an `api_base` that a regular
 * expression matches from its first to its last character. A pattern that fixes the host may name a private one.
 */
export type ClientSideParam = string | { readonly apiBase: string };

/**
 * One place that can serve a model group: a provider, a vendor model, a key and its limits. Plain and frozen; it says
 * what was configured, never what is happening.
 */
export interface Deployment {
  /** Stable for the same settings, across reloads and processes. Holds no secret. Fit for headers and metrics. */
  readonly id: string;
  /** The model group it belongs to; may be a pattern, e.g. `openai/*`. */
  readonly group: string;
  /** Name of the provider that calls it. */
  readonly provider: string;
  /** The vendor's name of the model, or of its own deployment of it; a `*` stands for what the group's `*` matched. */
  readonly model: string;
  /** The public model behind `model`, where that name does not say; what is refused goes by it. `undefined`: `model` says it. */
  readonly baseModel?: string | undefined;
  readonly connection: Connection;
  /** Request fields that apply where the request does not set them, under their wire names. */
  readonly defaults: JsonObject;
  readonly limits: Limits;
  /** Share of the traffic under strategies that weigh; `undefined`: not given. At least 0. */
  readonly weight: number | undefined;
  /** Tier: lower ones are used up first. */
  readonly order: number | undefined;
  readonly tags: readonly string[];
  readonly region: string | undefined;
  readonly prices: Prices;
  /** Longest prompt in tokens; `undefined`: unknown. */
  readonly maxInputTokens: number | undefined;
  readonly capabilities: Capabilities;
  readonly timeouts: Timeouts;
  /** Retries within the group after this deployment failed; `undefined`: as the group says. */
  readonly numRetries: number | undefined;
  /** How long it is left out after it tripped; `undefined`: as the router says. 0: never. */
  readonly cooldownMs: number | undefined;
  /** Fields to drop when the vendor does not know them; `undefined`: as the router says. */
  readonly dropParams: DropParams | undefined;
  /** Fields that are always dropped before sending. */
  readonly additionalDropParams: readonly string[];
  /** What is refused here beyond what the provider knows. */
  readonly refuses?: Refusals | undefined;
  /** Fields that are sent even if the provider takes them for refused. */
  readonly allowedOpenaiParams?: readonly string[] | undefined;
  /** Connection fields that a client may set. With an address of the client's no secret of ours is sent. */
  readonly clientSideAuthParams: readonly ClientSideParam[];
  /** What its host wants to read to continue an answer from its beginning; set: it can. `undefined`: as the provider says. */
  readonly continuation?: Continuation | undefined;
  /** What finish reasons mean at this deployment, by word; they win over the provider's and the operation's. @defaultValue none */
  readonly finishReasons?: FinishReasons | undefined;
  /** Answers with this text instead of calling anyone. */
  readonly mockResponse: string | undefined;
  /** What only the provider understands. */
  readonly settings: JsonObject;
  /** What callers may know of it beyond the rest; nothing here reads it. */
  readonly info?: JsonObject | undefined;
}

/** What may be shown of a deployment: nothing about how it is reached. */
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
