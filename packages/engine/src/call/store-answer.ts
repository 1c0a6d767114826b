import type { JsonObject } from "@modelyard/core";

/** A complete answer that may be cached: a plain one, or all events of a stream. */
export type WholeAnswer = { readonly value: JsonObject } | { readonly chunks: readonly JsonObject[] };

/** Caches an answer once it is complete. */
export type StoreAnswer = (answer: WholeAnswer) => void;
