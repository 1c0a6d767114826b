/**
 * OpenAI's (older) text completions.
 * Source: https://platform.openai.com/docs/api-reference/completions.
 */
import type { Extra } from "./extra.js";
import type { Usage } from "./usage.js";

export interface TextCompletionRequest {
  readonly model: string;
  /** A text, several texts, a list of tokens, or several such lists. */
  readonly prompt: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean; readonly [extra: string]: Extra } | null;
  readonly max_tokens?: number | null;
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  readonly n?: number | null;
  readonly stop?: string | readonly string[] | null;
  readonly user?: string;
  readonly [extra: string]: Extra;
}

export interface TextChoice {
  readonly index: number;
  readonly text: string;
  readonly finish_reason: "stop" | "length" | "content_filter" | null;
  readonly [extra: string]: unknown;
}

/** A whole answer or one event of a stream, which have the same shape. */
export interface TextCompletion {
  readonly id: string;
  readonly object: "text_completion";
  readonly created: number;
  readonly model: string;
  readonly choices: readonly TextChoice[];
  readonly usage?: Usage | null;
  readonly [extra: string]: unknown;
}
