import type { JsonObject } from "@modelyard/core";
import type { Bytes } from "@modelyard/core/kit";

/**
 * A complete answer that may be cached: a plain one, with its JSON if the vendor's is passed on, or all events of a
 * stream.
 */
export type WholeAnswer =
  | { readonly value: JsonObject; readonly bytes?: Bytes | undefined }
  | { readonly chunks: readonly JsonObject[] };

/** Caches an answer once it is complete. */
export type StoreAnswer = (answer: WholeAnswer) => void;
