import type { JsonObject } from "@modelyard/core";
import type { Block } from "./blocks.js";
import type { CacheMark, Extra, WireName } from "./common.js";
import type { HubTool, HubToolChoice } from "./tools.js";

/** A request of any wire. Fields that are not set were not given; `null` counts as not given. */
export interface HubRequest {
  /** The wire it was read from. */
  readonly wire: WireName;
  /** As the caller wrote it. */
  readonly model: string;
  /** What stands before all turns. */
  readonly instructions: readonly Instruction[];
  /** In order. Neighbors may have the same role. */
  readonly turns: readonly Turn[];
  readonly tools: readonly HubTool[];
  readonly toolChoice?: HubToolChoice | undefined;
  readonly parallelToolCalls?: boolean | undefined;
  readonly output: HubOutput;
  readonly sampling: HubSampling;
  readonly limits: HubLimits;
  readonly reasoning: HubReasoning;
  readonly state: HubState;
  readonly caching: HubCaching;
  readonly context: HubContext;
  readonly identity: HubIdentity;
  readonly service: HubService;
  readonly stream: HubStreaming;
  readonly wants: readonly HubWant[];
  /** Top-level fields that the hub does not interpret. */
  readonly extra: Extra;
}

/** Text of the system or the developer before the conversation. */
export interface Instruction {
  readonly role: "system" | "developer";
  readonly text: string;
  /** Whether it was a field of the request, or a message. Responses stores messages, but not the field. */
  readonly place: "field" | "message";
  readonly path: string;
  /** Whether it belongs to the same message, or field, as the instruction before it. */
  readonly continues?: boolean;
  /** Of the participant; only Chat Completions has it. */
  readonly name?: string;
  readonly cache?: CacheMark;
  readonly extra?: Extra;
}

export interface Turn {
  /** Results of tools belong to a turn of the user. */
  readonly role: "user" | "assistant" | "system" | "developer";
  readonly blocks: readonly Block[];
  readonly path: string;
  /** Of the participant; only Chat Completions has it. */
  readonly name?: string;
  readonly extra?: Extra;
}

/** What form the answer has. */
export interface HubOutput {
  readonly format?: HubFormat;
  readonly verbosity?: string;
  /** E.g. `["text", "audio"]`. */
  readonly modalities?: readonly string[];
  readonly audio?: JsonObject;
  /** Number of answers. */
  readonly choices?: number;
  readonly prediction?: JsonObject;
}

export type HubFormat =
  | { readonly type: "text" }
  | { readonly type: "json" }
  | {
      readonly type: "json_schema";
      readonly schema: JsonObject;
      readonly name?: string;
      readonly description?: string;
      readonly strict?: boolean;
    };

export interface HubSampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly seed?: number;
  readonly logitBias?: JsonObject;
  readonly logprobs?: boolean;
  readonly topLogprobs?: number;
}

export interface HubLimits {
  /** In tokens, reasoning included. */
  readonly maxOutputTokens?: number;
  readonly maxToolCalls?: number;
  readonly taskBudget?: JsonObject;
}

/** The ways in which models can be asked to think, from the least to the most. */
export const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

export type Effort = (typeof efforts)[number];

export interface HubReasoning {
  /** `thinking.type` of Messages. */
  readonly mode?: "off" | "budget" | "adaptive" | "between_tools";
  readonly effort?: Effort;
  readonly budgetTokens?: number;
  /** `thinking` of Messages as it was. */
  readonly written?: JsonObject;
  /** Whether, and how, the answer shows what the model thought. */
  readonly show?: "none" | "auto" | "concise" | "detailed";
  /** `reasoning.context` of Responses. */
  readonly context?: string;
  /** `reasoning.mode` of Responses. */
  readonly execution?: string;
}

/** What the vendor keeps, or has kept. */
export interface HubState {
  readonly previousResponseId?: string;
  readonly conversation?: string;
  /** Not set: as the caller's wire has it. Chat Completions does not store, Responses does. */
  readonly store?: boolean;
  readonly background?: boolean;
  readonly promptTemplate?: JsonObject;
  readonly thread?: JsonObject;
  readonly container?: JsonObject | string;
}

export interface HubCaching {
  readonly key?: string;
  readonly retention?: string;
  readonly options?: JsonObject;
  /** Marks the last block that can be cached. */
  readonly auto?: CacheMark;
}

/** What happens to a conversation that grows too long. */
export interface HubContext {
  readonly truncation?: string;
  /** Tokens of the prompt from which on the vendor summarizes earlier turns. */
  readonly compactAt?: number;
  /** Edits as Messages writes them, that of `compactAt` included. */
  readonly edits?: readonly JsonObject[];
}

export interface HubIdentity {
  readonly user?: string;
  readonly safetyIdentifier?: string;
  readonly metadata?: JsonObject;
}

export interface HubService {
  readonly tier?: string;
  readonly speed?: string;
  readonly geography?: string;
  readonly moderation?: JsonObject;
}

export interface HubStreaming {
  readonly on: boolean;
  /** Whether the caller wants usage in the stream. Responses and Messages always report it. */
  readonly usage?: boolean;
  readonly obfuscation?: boolean;
}

/** Output that the caller asked for beyond the usual. */
export type HubWant = "encrypted_reasoning" | "logprobs" | { readonly wire: WireName; readonly value: string };
