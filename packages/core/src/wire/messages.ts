/**
 * Anthropic's Messages, request, answer and events. Sources: https://platform.claude.com/docs/en/api/messages and the types of
 * Anthropic's SDK 1.12. Other fields are passed on unchanged.
 */
import type { Extra } from "./extra.js";

export interface MessagesText {
  readonly type: "text";
  readonly text: string;
  readonly [extra: string]: Extra;
}

/** The model's reasoning. It can only be sent back as a whole and unchanged, since the signature covers it. */
export interface MessagesThinking {
  readonly type: "thinking";
  readonly thinking: string;
  readonly signature: string;
  readonly [extra: string]: Extra;
}

/** Reasoning that only the vendor can read. */
export interface MessagesRedactedThinking {
  readonly type: "redacted_thinking";
  readonly data: string;
  readonly [extra: string]: Extra;
}

/** A tool that the model calls. */
export interface MessagesToolUse {
  readonly type: "tool_use";
  readonly id: string;
  readonly name: string;
  /** As written by the model. Check it before use. */
  readonly input: Extra;
  readonly [extra: string]: Extra;
}

export interface MessagesImage {
  readonly type: "image";
  readonly source:
    | { readonly type: "base64"; readonly media_type: string; readonly data: string; readonly [extra: string]: Extra }
    | { readonly type: "url"; readonly url: string; readonly [extra: string]: Extra }
    | { readonly type: "file"; readonly file_id: string; readonly [extra: string]: Extra };
  readonly [extra: string]: Extra;
}

export interface MessagesDocument {
  readonly type: "document";
  readonly source: { readonly type: "base64" | "url" | "file" | "text" | "content"; readonly [extra: string]: Extra };
  readonly [extra: string]: Extra;
}

/** The result of a tool, in the `user` message after the call. */
export interface MessagesToolResult {
  readonly type: "tool_result";
  readonly tool_use_id: string;
  readonly content?: string | readonly MessagesBlockParam[];
  readonly is_error?: boolean;
  readonly [extra: string]: Extra;
}

/** Calls and results of tools that run at the vendor, and parts of its context management. */
export interface MessagesOtherBlock {
  readonly type:
    | `${string}_tool_use`
    | `${string}_tool_result`
    | "search_result"
    | "container_upload"
    | "compaction"
    | "fallback"
    | "tool_reference"
    | "tool_addition"
    | "tool_removal"
    | "browser_state";
  readonly [extra: string]: Extra;
}

/** A block of an answer. */
export type MessagesBlock =
  | MessagesText
  | MessagesThinking
  | MessagesRedactedThinking
  | MessagesToolUse
  | MessagesOtherBlock;

/** A block of a request. */
export type MessagesBlockParam = MessagesBlock | MessagesImage | MessagesDocument | MessagesToolResult;

export interface MessagesMessage {
  /** `system`: an instruction between other messages. */
  readonly role: "user" | "assistant" | "system";
  readonly content: string | readonly MessagesBlockParam[];
  readonly [extra: string]: Extra;
}

export interface MessagesTool {
  /** Not set: a function. Otherwise a tool of the vendor, with a date in its type, e.g. `web_search_20250305`. */
  readonly type?: string | null;
  readonly [extra: string]: Extra;
}

export interface MessagesRequest {
  /** A model group, an alias, a name that a wildcard covers, or a deployment id. */
  readonly model: string;
  /** The most tokens that the answer may have, reasoning included. */
  readonly max_tokens: number;
  readonly messages: readonly MessagesMessage[];
  readonly system?: string | readonly MessagesText[];
  readonly stream?: boolean;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
  readonly stop_sequences?: readonly string[];
  readonly tools?: readonly MessagesTool[];
  readonly tool_choice?: { readonly type: "auto" | "any" | "tool" | "none"; readonly [extra: string]: Extra };
  readonly thinking?: { readonly type: string; readonly [extra: string]: Extra };
  readonly output_config?: { readonly [extra: string]: Extra };
  readonly metadata?: { readonly user_id?: string | null; readonly [extra: string]: Extra };
  readonly [extra: string]: Extra;
}

/** Tokens as the vendor counts them: the three kinds of input do not overlap. */
export interface MessagesUsage {
  /** Neither read from the vendor's prompt cache nor written to it. */
  readonly input_tokens: number;
  /** Reasoning included. */
  readonly output_tokens: number;
  readonly cache_read_input_tokens?: number | null;
  readonly cache_creation_input_tokens?: number | null;
  readonly [extra: string]: unknown;
}

export type MessagesStopReason =
  | "end_turn"
  | "max_tokens"
  | "stop_sequence"
  | "tool_use"
  | "pause_turn"
  | "compaction"
  | "refusal"
  | "model_context_window_exceeded";

export interface MessagesAnswer {
  readonly id: string;
  readonly type: "message";
  readonly role: "assistant";
  /** The model that answered. */
  readonly model: string;
  /** A list of the caller's own: it fits into the next request, also where that has the types of Anthropic's SDK. */
  readonly content: MessagesBlock[];
  readonly stop_reason: MessagesStopReason | null;
  readonly stop_sequence: string | null;
  readonly usage: MessagesUsage;
  readonly [extra: string]: unknown;
}

export type MessagesDelta =
  | { readonly type: "text_delta"; readonly text: string; readonly [extra: string]: unknown }
  | { readonly type: "input_json_delta"; readonly partial_json: string; readonly [extra: string]: unknown }
  | { readonly type: "thinking_delta"; readonly thinking: string; readonly [extra: string]: unknown }
  | { readonly type: "signature_delta"; readonly signature: string; readonly [extra: string]: unknown }
  | { readonly type: "citations_delta"; readonly citation: unknown; readonly [extra: string]: unknown }
  | { readonly type: "compaction_delta"; readonly [extra: string]: unknown };

/** One event of a streamed message. Its blocks come one after the other. */
export type MessagesEvent =
  | { readonly type: "message_start"; readonly message: MessagesAnswer; readonly [extra: string]: unknown }
  | { readonly type: "ping"; readonly [extra: string]: unknown }
  | {
      readonly type: "content_block_start";
      readonly index: number;
      /** The beginning of a block. Text, reasoning and the input of tools follow in deltas. */
      readonly content_block: MessagesBlock;
      readonly [extra: string]: unknown;
    }
  | {
      readonly type: "content_block_delta";
      readonly index: number;
      readonly delta: MessagesDelta;
      readonly [extra: string]: unknown;
    }
  | { readonly type: "content_block_stop"; readonly index: number; readonly [extra: string]: unknown }
  | {
      readonly type: "message_delta";
      readonly delta: {
        readonly stop_reason: MessagesStopReason | null;
        readonly stop_sequence: string | null;
        readonly [extra: string]: unknown;
      };
      /** Replaces the counts of `message_start`. */
      readonly usage: Partial<MessagesUsage> & { readonly output_tokens: number };
      readonly [extra: string]: unknown;
    }
  | { readonly type: "message_stop"; readonly [extra: string]: unknown };
