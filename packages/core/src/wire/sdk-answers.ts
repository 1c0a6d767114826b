/**
 * Answers as callers get them: with the fields that every vendor of the API sends, and with lists of the caller's own. They are
 * assignable to the types of OpenAI's SDK (7.57), so that code written for it needs no change.
 */
import type {
  AssistantMessage,
  ChatChoice,
  ChatChunkChoice,
  ChatCompletion,
  ChatCompletionChunk,
  ChatDelta,
  ChatRole,
  FinishReason,
  ToolCallDelta,
} from "./chat.js";
import type { Embedding, EmbeddingResponse } from "./embedding.js";
import type { Extra } from "./extra.js";
import type { TextChoice, TextCompletion } from "./text-completion.js";
import type { Usage } from "./usage.js";

interface SdkMessage extends AssistantMessage {
  readonly refusal: string | null;
}

interface SdkChoice extends ChatChoice {
  readonly message: SdkMessage;
  readonly finish_reason: FinishReason;
  readonly logprobs: Extra;
}

export interface SdkChatCompletion extends ChatCompletion {
  readonly choices: SdkChoice[];
}

interface SdkDelta extends ChatDelta {
  readonly role?: Exclude<ChatRole, "function">;
  readonly tool_calls?: ToolCallDelta[];
}

interface SdkChunkChoice extends ChatChunkChoice {
  readonly delta: SdkDelta;
}

export interface SdkChatCompletionChunk extends ChatCompletionChunk {
  readonly choices: SdkChunkChoice[];
}

interface SdkTextChoice extends TextChoice {
  readonly finish_reason: "stop" | "length" | "content_filter";
  readonly logprobs: Extra;
}

export interface SdkTextCompletion extends TextCompletion {
  readonly choices: SdkTextChoice[];
  readonly usage?: Usage;
}

interface SdkEmbedding extends Embedding {
  readonly embedding: number[];
}

/** Embeddings as numbers. */
export interface SdkEmbeddingResponse extends EmbeddingResponse {
  readonly data: SdkEmbedding[];
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number; readonly [extra: string]: unknown };
}
