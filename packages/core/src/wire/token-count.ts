/**
 * Requests about a conversation that are made beside those to a model. Sources: https://platform.openai.com/docs/api-reference/responses
 * (`compact`, `input_tokens`), https://platform.claude.com/docs/en/api/messages-count-tokens, and the vendors' SDKs. Other fields are
 * passed on unchanged.
 */
import type { Extra } from "./extra.js";
import type { MessagesRequest } from "./messages.js";
import type { ResponsesRequest } from "./responses.js";

/** A conversation to compact. */
export interface CompactRequest {
  readonly model: string;
  readonly input?: ResponsesRequest["input"] | null;
  readonly previous_response_id?: string | null;
  readonly instructions?: string | null;
  readonly [extra: string]: Extra;
}

/** A conversation that takes the place of a longer one: the user's messages, and an item that only the vendor can read. */
export interface CompactedResponse {
  readonly id: string;
  readonly object: "response.compaction";
  readonly created_at: number;
  readonly output: readonly { readonly type: string; readonly [extra: string]: unknown }[];
  readonly usage?: unknown;
  readonly [extra: string]: unknown;
}

/** A request for Responses whose tokens are counted. */
export interface ResponsesCountRequest extends CompactRequest {
  readonly conversation?: string | { readonly id: string } | null;
}

/** A request for Messages whose tokens are counted. */
export interface MessagesCountRequest {
  readonly model: string;
  readonly messages: MessagesRequest["messages"];
  readonly [extra: string]: Extra;
}

export interface TokenCount {
  readonly input_tokens: number;
  readonly [extra: string]: unknown;
}
