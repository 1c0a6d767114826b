/**
 * OpenAI's embeddings.
 * Source: https://platform.openai.com/docs/api-reference/embeddings.
 */
import type { Extra } from "./extra.js";

export interface EmbeddingRequest {
  readonly model: string;
  /** A text, several texts, a list of tokens, or several such lists. */
  readonly input: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  readonly encoding_format?: "float" | "base64";
  readonly dimensions?: number;
  readonly user?: string;
  readonly [extra: string]: Extra;
}

export interface Embedding {
  readonly object: "embedding";
  /** The position in the `input` of the request. */
  readonly index: number;
  /** Numbers or, if requested, little-endian 32-bit floats in base64. */
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
