/**
 * OpenAI's Responses, request, answer and events. Sources: https://platform.openai.com/docs/api-reference/responses and the
 * types of OpenAI's SDK 7.57. Other fields are passed on unchanged.
 */
import type { Extra } from "./extra.js";

type ItemStatus = "in_progress" | "completed" | "incomplete";

export interface ResponsesOutputText {
  readonly type: "output_text";
  readonly text: string;
  readonly [extra: string]: Extra;
}

export interface ResponsesRefusal {
  readonly type: "refusal";
  readonly refusal: string;
  readonly [extra: string]: Extra;
}

export interface ResponsesOutputMessage {
  readonly type: "message";
  readonly id: string;
  readonly role: "assistant";
  readonly status: ItemStatus;
  readonly content: (ResponsesOutputText | ResponsesRefusal)[];
  readonly [extra: string]: Extra;
}

export interface ResponsesReasoning {
  readonly type: "reasoning";
  readonly id: string;
  readonly summary: { readonly type: "summary_text"; text: string }[];
  /** Reasoning that only the vendor can read. */
  readonly encrypted_content?: string | null;
  readonly [extra: string]: Extra;
}

/** A function that the model calls. */
export interface ResponsesFunctionCall {
  readonly type: "function_call";
  readonly call_id: string;
  readonly name: string;
  /** JSON text as written by the model. Check it before use. */
  readonly arguments: string;
  readonly [extra: string]: Extra;
}

/** A call of a tool that accepts any text. */
export interface ResponsesCustomToolCall {
  readonly type: "custom_tool_call";
  readonly call_id: string;
  readonly name: string;
  readonly input: string;
  readonly [extra: string]: Extra;
}

/** Calls and results of tools that run at the vendor or are built in, and parts of its context management. */
export interface ResponsesOtherItem {
  readonly type:
    | `${"web_search" | "file_search" | "code_interpreter" | "image_generation" | "mcp" | "tool_search"}_call`
    | `${"computer" | "local_shell" | "shell" | "apply_patch"}_call${"" | "_output"}`
    | `${"function" | "custom_tool"}_call_output`
    | `mcp_${"list_tools" | "approval_request" | "approval_response"}`
    | "tool_search_output"
    | "additional_tools"
    | "configuration_update"
    | `compaction${"" | "_trigger"}`
    | `program${"" | "_output"}`;
  readonly [extra: string]: Extra;
}

/** An item of an answer. */
export type ResponsesOutputItem =
  | ResponsesOutputMessage
  | ResponsesReasoning
  | ResponsesFunctionCall
  | ResponsesCustomToolCall
  | ResponsesOtherItem;

/** A message of a request. */
export interface ResponsesInputMessage {
  readonly type?: "message";
  readonly role: "user" | "assistant" | "system" | "developer";
  readonly content: string | readonly { readonly type: string; readonly [extra: string]: Extra }[];
  readonly [extra: string]: Extra;
}

/** An item that is stored at the vendor. */
export interface ResponsesItemReference {
  readonly type?: "item_reference" | null;
  readonly id: string;
  readonly [extra: string]: Extra;
}

/** An item of a request. */
export type ResponsesInputItem = ResponsesOutputItem | ResponsesInputMessage | ResponsesItemReference;

export interface ResponsesRequest {
  /** A model group, an alias, a name that a wildcard covers, or a deployment id. */
  readonly model: string;
  /** Required, unless a stored prompt or conversation provides it. */
  readonly input?: string | readonly ResponsesInputItem[];
  readonly instructions?: string | null;
  readonly stream?: boolean | null;
  /** The most tokens that the answer may have, reasoning included. */
  readonly max_output_tokens?: number | null;
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  readonly tools?: readonly { readonly type: string; readonly [extra: string]: Extra }[];
  readonly tool_choice?: "none" | "auto" | "required" | { readonly type: string; readonly [extra: string]: Extra };
  readonly parallel_tool_calls?: boolean | null;
  readonly reasoning?: { readonly effort?: string | null; readonly [extra: string]: Extra } | null;
  readonly text?: { readonly [extra: string]: Extra };
  /** Whether the vendor stores the answer. OpenAI does so unless this is `false`. */
  readonly store?: boolean | null;
  readonly previous_response_id?: string | null;
  readonly include?: readonly string[] | null;
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly [extra: string]: Extra;
}

/** Tokens. The details are parts of `input_tokens` and `output_tokens`. */
export interface ResponsesUsage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly input_tokens_details?: { readonly cached_tokens?: number; readonly [extra: string]: unknown };
  readonly output_tokens_details?: { readonly reasoning_tokens?: number; readonly [extra: string]: unknown };
  readonly [extra: string]: unknown;
}

export interface ResponsesAnswer {
  readonly id: string;
  readonly object: "response";
  /** Seconds since the Unix epoch. */
  readonly created_at: number;
  readonly status: "completed" | "failed" | "in_progress" | "cancelled" | "queued" | "incomplete";
  readonly error?: { readonly code: string; readonly message: string; readonly [extra: string]: unknown } | null;
  /** Why the answer has the status `incomplete`. */
  readonly incomplete_details?: { readonly reason?: string; readonly [extra: string]: unknown } | null;
  /** The model that answered. */
  readonly model: string;
  /** A list of the caller's own: its items fit into the next request. */
  readonly output: ResponsesOutputItem[];
  readonly usage?: ResponsesUsage | null;
  readonly [extra: string]: unknown;
}

/** What every event has. */
interface Numbered {
  /** Counts the events of a stream, from 0. */
  readonly sequence_number: number;
  readonly [extra: string]: unknown;
}

/** The place of an event in one item of the answer. */
interface InItem extends Numbered {
  readonly output_index: number;
  readonly item_id: string;
}

/** One event of a streamed response. The last one contains the whole answer. */
export type ResponsesEvent =
  | (Numbered & {
      readonly type: `response.${"created" | "queued" | "in_progress" | "completed" | "incomplete" | "failed"}`;
      readonly response: ResponsesAnswer;
    })
  | (Numbered & {
      readonly type: "response.output_item.added" | "response.output_item.done";
      readonly output_index: number;
      readonly item: ResponsesOutputItem;
    })
  | (InItem & {
      readonly type: "response.content_part.added" | "response.content_part.done";
      readonly content_index: number;
      readonly part:
        | ResponsesOutputText
        | ResponsesRefusal
        | { readonly type: "reasoning_text"; readonly text: string };
    })
  | (InItem & {
      readonly type: `response.${"output_text" | "refusal" | "reasoning_text"}.delta`;
      readonly content_index: number;
      readonly delta: string;
    })
  | (InItem & { readonly type: "response.reasoning_summary_text.delta"; readonly delta: string })
  | (InItem & {
      readonly type: `response.${"function_call_arguments" | "custom_tool_call_input" | "mcp_call_arguments"}.delta`;
      readonly delta: string;
    })
  | (InItem & { readonly type: "response.output_text.done"; readonly content_index: number; readonly text: string })
  | (InItem & { readonly type: "response.function_call_arguments.done"; readonly arguments: string })
  | (InItem & { readonly type: "response.custom_tool_call_input.done"; readonly input: string })
  | (Numbered & { readonly type: OtherEvent })
  | (Numbered & { readonly type: "error"; readonly message?: string; readonly code?: string | null });

type OtherEvent =
  | `response.${"refusal" | "reasoning_text" | "reasoning_summary_text" | "mcp_call_arguments"}.done`
  | `response.reasoning_summary_part.${"added" | "done"}`
  | "response.output_text.annotation.added"
  | `response.${"audio" | "audio.transcript" | "code_interpreter_call_code"}.${"delta" | "done"}`
  | `response.${"web_search_call" | "file_search_call"}.${"in_progress" | "searching" | "completed"}`
  | `response.code_interpreter_call.${"in_progress" | "interpreting" | "completed"}`
  | `response.image_generation_call.${"in_progress" | "generating" | "partial_image" | "completed"}`
  | `response.${"mcp_call" | "mcp_list_tools"}.${"in_progress" | "completed" | "failed"}`
  | `response.shell_call_command.${"added" | "delta" | "done"}`
  | `response.shell_call_output_content.${"delta" | "done"}`
  | "response.compaction.compacting";
