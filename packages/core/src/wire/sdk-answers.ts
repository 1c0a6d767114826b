/**
 * Answers as callers get them: with the fields that every vendor of the API sends, and with lists of the caller's own. They are
 * assignable to the types of OpenAI's SDK (7.57) and of Anthropic's (1.12), so that code written for them needs no change.
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
import type {
  MessagesAnswer,
  MessagesRedactedThinking,
  MessagesStopReason,
  MessagesText,
  MessagesThinking,
  MessagesToolUse,
  MessagesUsage,
} from "./messages.js";
import type {
  ResponsesAnswer,
  ResponsesCustomToolCall,
  ResponsesFunctionCall,
  ResponsesOtherItem,
  ResponsesOutputMessage,
  ResponsesOutputText,
  ResponsesReasoning,
  ResponsesRefusal,
  ResponsesUsage,
} from "./responses.js";
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

interface SdkText extends MessagesText {
  readonly citations: Extra;
}

interface SdkToolUse extends MessagesToolUse {
  readonly caller: Extra;
}

interface SdkServerToolUse {
  readonly type: "server_tool_use";
  readonly id: string;
  readonly name: Extra;
  readonly input: Extra;
  readonly caller: Extra;
  readonly [extra: string]: Extra;
}

interface SdkToolResult<Type extends string> {
  readonly type: `${Type}_tool_result`;
  readonly tool_use_id: string;
  readonly content: Extra;
  readonly caller: Extra;
  readonly [extra: string]: Extra;
}

interface SdkContainerUpload {
  readonly type: "container_upload";
  readonly file_id: string;
  readonly [extra: string]: Extra;
}

type SdkBlock =
  | SdkText
  | MessagesThinking
  | MessagesRedactedThinking
  | SdkToolUse
  | SdkServerToolUse
  | SdkToolResult<"web_search">
  | SdkToolResult<"web_fetch">
  | SdkToolResult<"code_execution">
  | SdkToolResult<"bash_code_execution">
  | SdkToolResult<"text_editor_code_execution">
  | SdkToolResult<"tool_search">
  | SdkContainerUpload;

interface SdkMessagesUsage extends MessagesUsage {
  readonly cache_creation: Extra;
  readonly cache_creation_input_tokens: number | null;
  readonly cache_read_input_tokens: number | null;
  readonly inference_geo: string | null;
  readonly output_tokens_details: Extra;
  readonly server_tool_use: Extra;
  readonly service_tier: Extra;
  readonly speed: Extra;
}

/** Blocks and reasons that only betas of the API have are not in this type, as they are not in the SDK's. */
export interface SdkMessagesAnswer extends MessagesAnswer {
  readonly content: SdkBlock[];
  readonly container: Extra;
  readonly diagnostics: Extra;
  readonly stop_details: Extra;
  readonly stop_reason: Exclude<MessagesStopReason, "compaction"> | null;
  readonly usage: SdkMessagesUsage;
}

interface SdkOutputText extends ResponsesOutputText {
  readonly annotations: Extra;
}

interface SdkOutputMessage extends ResponsesOutputMessage {
  readonly content: (SdkOutputText | ResponsesRefusal)[];
}

type OtherType = Exclude<ResponsesOtherItem["type"], "configuration_update" | "compaction_trigger">;

/** The fields of all these items together, so that each of them fits the SDK's type of its kind. */
interface SdkOtherItem<Type extends OtherType> extends ResponsesOtherItem {
  readonly type: Type;
  readonly id: string;
  readonly action: Extra;
  readonly approval_request_id: Extra;
  readonly approve: Extra;
  readonly arguments: Extra;
  readonly call_id: Extra;
  readonly code: Extra;
  readonly container_id: Extra;
  readonly encrypted_content: Extra;
  readonly environment: Extra;
  readonly execution: Extra;
  readonly fingerprint: Extra;
  readonly max_output_length: Extra;
  readonly name: Extra;
  readonly operation: Extra;
  readonly output: Extra;
  readonly outputs: Extra;
  readonly pending_safety_checks: Extra;
  readonly queries: Extra;
  readonly result: Extra;
  readonly role: Extra;
  readonly server_label: Extra;
  readonly status: Extra;
  readonly tools: Extra;
}

interface SdkResponsesUsage extends ResponsesUsage {
  readonly input_tokens_details: Extra;
  readonly output_tokens_details: Extra;
}

export interface SdkResponsesAnswer extends ResponsesAnswer {
  readonly output: (
    | SdkOutputMessage
    | ResponsesReasoning
    | ResponsesFunctionCall
    | ResponsesCustomToolCall
    | { [Type in OtherType]: SdkOtherItem<Type> }[OtherType]
  )[];
  /** The text of all messages in `output`. It is not enumerable, so it does not appear in JSON. */
  readonly output_text: string;
  readonly access_programs: Extra;
  readonly error: Extra;
  readonly incomplete_details: Extra;
  readonly instructions: Extra;
  readonly metadata: Extra;
  readonly parallel_tool_calls: boolean;
  readonly temperature: number | null;
  readonly tool_choice: Extra;
  readonly tools: Extra;
  readonly top_p: number | null;
  readonly usage?: SdkResponsesUsage;
}
