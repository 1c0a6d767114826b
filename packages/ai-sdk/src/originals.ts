import type {
  EmbeddingModelV4CallOptions,
  EmbeddingModelV4Result,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from "@ai-sdk/provider";
import type { JsonObject } from "@modelyard/core";

/**
 * A call of the AI SDK, and its answer, beside the request and the answer that the router sees. If a model of the AI SDK
 * serves a call of the AI SDK, both stay as they are, with everything that no other API has a place for. They are found by
 * the identity of what the router passes on unchanged; after it has changed that, the translation counts.
 */
export interface OriginalCall<Options> {
  readonly options: Options;
  /** The request that was written for it. */
  readonly body: JsonObject;
}

/** By the prompt of the request. */
export const originalCalls = /* @__PURE__ */ new WeakMap<object, OriginalCall<LanguageModelV4CallOptions>>();
/** By the texts of the request. */
export const originalEmbeddings = /* @__PURE__ */ new WeakMap<object, OriginalCall<EmbeddingModelV4CallOptions>>();
/** By the answer. */
export const originalResults = /* @__PURE__ */ new WeakMap<object, LanguageModelV4GenerateResult>();
/** By the answer. */
export const originalVectors = /* @__PURE__ */ new WeakMap<object, EmbeddingModelV4Result>();
/** By the part of the router's stream. */
export const originalParts = /* @__PURE__ */ new WeakMap<object, readonly LanguageModelV4StreamPart[]>();
