/**
 * OpenAI's chat completions, request and answer.
 * Source: https://platform.openai.com/docs/api-reference/chat. Other fields are passed on unchanged.
 */
import type { Extra } from "./extra.js";
import type { Usage } from "./usage.js";

export type ChatRole = "system" | "developer" | "user" | "assistant" | "tool" | "function";

export interface TextPart {
  readonly type: "text";
  readonly text: string;
  readonly [extra: string]: Extra;
}

export interface ImagePart {
  readonly type: "image_url";
  /** `url` is an https address or a `data:` URL. */
  readonly image_url: { readonly url: string; readonly detail?: "auto" | "low" | "high" | "original" };
  readonly [extra: string]: Extra;
}

/** Audio, files and refusals, and parts that a vendor adds. */
export interface OtherPart {
  readonly type: "input_audio" | "file" | "refusal";
  readonly [extra: string]: Extra;
}

export type ContentPart = TextPart | ImagePart | OtherPart;

export interface ToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: {
    readonly name: string;
    /** JSON text as written by the model. Check it before use. */
    readonly arguments: string;
  };
  readonly [extra: string]: Extra;
}

/** A call of a {@link CustomTool}, as it is returned to the vendor. */
export interface CustomToolCall {
  readonly id: string;
  readonly type: "custom";
  readonly custom: { readonly name: string; readonly input: string };
  readonly [extra: string]: Extra;
}

export interface ChatMessage {
  readonly role: ChatRole;
  readonly content?: string | readonly ContentPart[] | null;
  readonly name?: string;
  /** In `assistant` messages: the calls that the model requests. */
  readonly tool_calls?: readonly (ToolCall | CustomToolCall)[];
  /** In `tool` messages: the call that this answers. */
  readonly tool_call_id?: string;
  readonly [extra: string]: Extra;
}

export interface FunctionTool {
  readonly type: "function";
  readonly function: {
    readonly name: string;
    readonly description?: string;
    /** JSON Schema of the arguments. */
    readonly parameters?: Readonly<Record<string, unknown>>;
    readonly strict?: boolean | null;
  };
  readonly [extra: string]: Extra;
}

/** A tool that accepts any text. */
export interface CustomTool {
  readonly type: "custom";
  readonly custom: { readonly name: string; readonly [extra: string]: Extra };
  readonly [extra: string]: Extra;
}

/** A vendor's own tool, with a date in its type, e.g. `web_search_20250305`. Passed on unchanged. */
export interface VendorTool {
  readonly type: `${string}_${number}`;
  readonly [extra: string]: Extra;
}

export type Tool = FunctionTool | CustomTool | VendorTool;

export type ToolChoice =
  | "none"
  | "auto"
  | "required"
  | { readonly type: "function"; readonly function: { readonly name: string } }
  | { readonly type: "custom"; readonly custom: { readonly name: string } }
  | { readonly type: "allowed_tools"; readonly allowed_tools: Extra };

export type ResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | {
      readonly type: "json_schema";
      readonly json_schema: {
        readonly name: string;
        readonly description?: string;
        readonly schema?: Readonly<Record<string, unknown>>;
        readonly strict?: boolean | null;
      };
    };

export interface ChatRequest {
  /** A model group, an alias, a name that a wildcard covers, or a deployment id. */
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean; readonly [extra: string]: Extra } | null;
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  readonly n?: number | null;
  readonly stop?: string | readonly string[] | null;
  readonly max_tokens?: number | null;
  readonly max_completion_tokens?: number | null;
  readonly tools?: readonly Tool[];
  readonly tool_choice?: ToolChoice;
  readonly parallel_tool_calls?: boolean;
  readonly response_format?: ResponseFormat;
  readonly seed?: number | null;
  readonly user?: string;
  /** An effort, or LiteLLM's object that asks for a summary, too. */
  readonly reasoning_effort?: string | { readonly effort?: string | null; readonly summary?: string | null } | null;
  readonly [extra: string]: Extra;
}

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "function_call";

export interface AssistantMessage {
  readonly role: "assistant";
  readonly content: string | null;
  readonly refusal?: string | null;
  /**
   * A list of the caller's own: the message fits into the next request, also where that has the types of OpenAI's SDK.
   */
  readonly tool_calls?: ToolCall[];
  /** The model's reasoning, if the vendor shows it. */
  readonly reasoning_content?: string;
  readonly [extra: string]: unknown;
}

export interface ChatChoice {
  readonly index: number;
  readonly message: AssistantMessage;
  readonly finish_reason: FinishReason | null;
  readonly [extra: string]: unknown;
}

export interface ChatCompletion {
  readonly id: string;
  readonly object: "chat.completion";
  /** Seconds since the Unix epoch. */
  readonly created: number;
  /** The model that answered, as the vendor names it. */
  readonly model: string;
  readonly choices: readonly ChatChoice[];
  readonly usage?: Usage;
  readonly [extra: string]: unknown;
}

export interface ToolCallDelta {
  readonly index: number;
  readonly id?: string;
  readonly type?: "function";
  readonly function?: { readonly name?: string; readonly arguments?: string };
  readonly [extra: string]: unknown;
}

export interface ChatDelta {
  readonly role?: ChatRole;
  readonly content?: string | null;
  readonly refusal?: string | null;
  readonly tool_calls?: readonly ToolCallDelta[];
  readonly reasoning_content?: string | null;
  readonly [extra: string]: unknown;
}

export interface ChatChunkChoice {
  readonly index: number;
  readonly delta: ChatDelta;
  readonly finish_reason: FinishReason | null;
  readonly [extra: string]: unknown;
}

/** One event of a streamed chat completion. */
export interface ChatCompletionChunk {
  readonly id: string;
  readonly object: "chat.completion.chunk";
  readonly created: number;
  readonly model: string;
  /** Empty in a chunk that only reports usage. */
  readonly choices: readonly ChatChunkChoice[];
  readonly usage?: Usage | null;
  readonly [extra: string]: unknown;
}
