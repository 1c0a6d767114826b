import type { EmbeddingModelV3, EmbeddingModelV4, LanguageModelV3, LanguageModelV4 } from "@ai-sdk/provider";
import type { DeploymentOptions } from "@modelyard/core";

/** A model of the AI SDK: of OpenAI, Bedrock, Vertex or any other provider, with the newest specification or the one before. */
export type AnyModel = EmbeddingModelV3 | EmbeddingModelV4 | LanguageModelV3 | LanguageModelV4;

/** A model with options of its deployment. A name, such as `openai/gpt-5`, needs a Modelyard provider in `providers`. */
export interface ModelOptions extends Omit<DeploymentOptions, "model" | "modelName"> {
  readonly model: AnyModel | string;
}

export type ModelEntry = AnyModel | ModelOptions | string;

/** The deployments of each name. */
export type ModelGroups = Readonly<Record<string, ModelEntry | readonly ModelEntry[]>>;
