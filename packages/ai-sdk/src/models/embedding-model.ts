import type { EmbeddingModelV4, EmbeddingModelV4CallOptions, EmbeddingModelV4Result } from "@ai-sdk/provider";
import type { Engine } from "@modelyard/core";
import { originalEmbeddings, originalVectors } from "../originals.js";
import { headersOf, metadataOf, warningsOf } from "./call-facts.js";
import { callOptions } from "./call-options.js";
import { toSdkError } from "./to-sdk-error.js";

/** OpenAI's limit, which most vendors have. Source: https://platform.openai.com/docs/api-reference/embeddings. */
const mostTexts = 2_048;

export interface RoutedEmbeddingOptions {
  readonly engine: Engine;
  readonly modelId: string;
  /** @defaultValue 2,048 */
  readonly maxEmbeddingsPerCall?: EmbeddingModelV4["maxEmbeddingsPerCall"];
}

/** A name of a router as an embedding model of the AI SDK. */
export class RoutedEmbeddingModel implements EmbeddingModelV4 {
  readonly specificationVersion = "v4";
  readonly provider = "modelyard";
  readonly supportsParallelCalls = true;
  readonly modelId: string;
  readonly maxEmbeddingsPerCall: EmbeddingModelV4["maxEmbeddingsPerCall"];
  readonly #engine: Engine;

  constructor({ engine, modelId, maxEmbeddingsPerCall = mostTexts }: RoutedEmbeddingOptions) {
    this.modelId = modelId;
    this.maxEmbeddingsPerCall = maxEmbeddingsPerCall;
    this.#engine = engine;
  }

  async doEmbed(options: EmbeddingModelV4CallOptions): Promise<EmbeddingModelV4Result> {
    const { modelId } = this;
    const { values, dimensions, abortSignal } = options;
    const body = {
      model: modelId,
      input: [...values],
      encoding_format: "float",
      ...(dimensions === undefined ? {} : { dimensions }),
    };
    originalEmbeddings.set(body.input, { options, body });
    try {
      const outcome = await this.#engine.execute("embeddings", body, callOptions(options));
      if (outcome.kind !== "answer") throw new TypeError("Embeddings cannot be streamed.");
      const { value, trail } = outcome;
      const original = originalVectors.get(value);
      const facts = { providerMetadata: metadataOf(trail, original?.providerMetadata) };
      const headers = headersOf(trail, original?.response?.headers);
      if (original !== undefined) return { ...original, ...facts, response: { ...original.response, headers } };
      const ordered = value.data.toSorted((one, other) => one.index - other.index);
      return {
        embeddings: ordered.map(({ embedding }) => embedding as number[]),
        ...(value.usage === undefined ? {} : { usage: { tokens: value.usage.prompt_tokens } }),
        ...facts,
        response: { headers, body: value },
        warnings: warningsOf({ losses: [], unasked: [] }, trail),
      };
    } catch (thrown) {
      throw toSdkError(thrown, { modelId, modelType: "embeddingModel", requestBody: body, abortSignal });
    }
  }
}
