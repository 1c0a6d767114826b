/**
 * OpenAI's embeddings.
 * Source: https://platform.openai.com/docs/api-reference/embeddings.
 */
import type { Extra } from "./extra.js";

export interface EmbeddingRequest {
  readonly model: string;
  /** Text, several texts, tokens, or several lists of tokens. */
  readonly input: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  readonly encoding_format?: "float" | "base64";
  readonly dimensions?: number;
  readonly user?: string;
  readonly [extra: string]: Extra;
}

export interface Embedding {
  readonly object: "embedding";
  /** Position in the request's `input`. */
  readonly index: number;
  /** Numbers, or the base64 of little-endian 32-bit floats when asked for. */
  readonly embedding: readonly number[] | string;
  readonly [extra: string]: unknown;
}

export interface EmbeddingResponse {
  readonly object: "list";
  readonly model: string;
  readonly data: readonly Embedding[];
  readonly usage?: { readonly prompt_tokens: number; readonly total_tokens: number; readonly [extra: string]: unknown };
  readonly [extra: string]: unknown;
}
