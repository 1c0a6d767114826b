import {
  type EmbeddingModelV4,
  type ImageModelV4,
  type LanguageModelV4,
  NoSuchModelError,
  type ProviderV4,
} from "@ai-sdk/provider";
import type { Engine } from "@modelyard/core";
import type { Router } from "@modelyard/router";
import { RoutedEmbeddingModel } from "./models/embedding-model.js";
import { RoutedLanguageModel } from "./models/language-model.js";

/**
 * A router as a provider of the AI SDK: `provider("fast")` is a language model.
 * @typeParam Names - the names that callers may use, if the compiler knows them
 */
export interface ModelyardProvider<Names extends string = string> extends ProviderV4 {
  (modelId: Names): LanguageModelV4;
  languageModel(modelId: Names): LanguageModelV4;
  embeddingModel(modelId: Names): EmbeddingModelV4;
  /** The router behind it: for its state, its other APIs, and to serve it over HTTP. */
  readonly router: Engine;
  /** @throws `NoSuchModelError`: routers have no image models */
  imageModel(modelId: string): ImageModelV4;
}

/** What is known of the models behind a router. */
export interface ModelFacts {
  readonly hasSdkModels: boolean;
  readonly supportedUrls?: LanguageModelV4["supportedUrls"];
  readonly maxEmbeddingsPerCall?: EmbeddingModelV4["maxEmbeddingsPerCall"];
}

/** Makes a provider of everything that a router can serve. */
export function providerOf<Names extends string>(engine: Engine, facts: ModelFacts): ModelyardProvider<Names> {
  const languageModel = (modelId: string): LanguageModelV4 => new RoutedLanguageModel({ engine, modelId, ...facts });
  const embeddingModel = (modelId: string): EmbeddingModelV4 => new RoutedEmbeddingModel({ engine, modelId, ...facts });
  const none =
    (modelType: "imageModel" | "rerankingModel" | "speechModel" | "transcriptionModel") =>
    (modelId: string): never => {
      const message = `A router has no ${modelType}, so there is none with the name "${modelId}". Use the provider of the AI SDK that has it.`;
      throw new NoSuchModelError({ modelId, modelType, message });
    };
  return Object.assign((modelId: string) => languageModel(modelId), {
    specificationVersion: "v4" as const,
    router: engine,
    languageModel,
    embeddingModel,
    imageModel: none("imageModel"),
    transcriptionModel: none("transcriptionModel"),
    speechModel: none("speechModel"),
    rerankingModel: none("rerankingModel"),
  });
}

/**
 * A router as a provider of the AI SDK: `generateText({ model: modelyard(router)("fast"), prompt })`. Everything that the
 * router does happens below the SDK: retries, fallbacks, limits, cooldowns, timeouts, the response cache.
 * @param router - of `createRouter`, or anything else that implements `Engine`
 */
export function modelyard<Names extends string>(router: Router<Names>): ModelyardProvider<Names>;
export function modelyard(router: Engine): ModelyardProvider;
export function modelyard(router: Engine): ModelyardProvider {
  return providerOf(router, { hasSdkModels: false });
}
