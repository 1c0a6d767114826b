import type { JsonObject } from "@modelyard/core";

/** An answer that may be stored: a plain one, or all events of a stream. */
export type WholeAnswer = { readonly value: JsonObject } | { readonly chunks: readonly JsonObject[] };

/** Stores an answer once it is complete. */
export type StoreAnswer = (answer: WholeAnswer) => void;
