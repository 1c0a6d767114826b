import type { ModelName } from "@modelyard/core/kit";

/**
 * LiteLLM's prefixes for the names of Azure deployments, and a model of the kind that each one stands for.
 * Source: docs.litellm.ai, "Azure OpenAI", 2026-10.
 */
const azureFamilies: Readonly<Record<string, string>> = { gpt5_series: "gpt-5", o_series: "o3" };

/** `responses/NAME` is a model `NAME` that is called over Responses. Source: docs.litellm.ai, "OpenAI". */
export function readOpenAIModel(written: string): ModelName {
  return written.startsWith(overResponses)
    ? { model: written.slice(overResponses.length), wire: "responses" }
    : { model: written };
}

const overResponses = "responses/";

/** `gpt5_series/NAME` is a deployment `NAME` of a gpt-5 model. */
export function readAzureModel(written: string): ModelName {
  const named = readOpenAIModel(written);
  const slash = named.model.indexOf("/");
  const family = named.model.slice(0, Math.max(slash, 0));
  return Object.hasOwn(azureFamilies, family)
    ? { ...named, model: named.model.slice(slash + 1), baseModel: azureFamilies[family] }
    : named;
}

/**
 * `together/deepseek-ai/DeepSeek-R1` is the model `deepseek-ai/DeepSeek-R1` as served by the provider `together`, whose
 * name Hugging Face's router expects after a colon. Source: Hugging Face, "Inference Providers".
 */
export function readHuggingFaceModel(written: string): ModelName {
  const [provider = "", owner, name, ...more] = written.split("/");
  return owner === undefined || name === undefined || more.length > 0
    ? { model: written }
    : { model: `${owner}/${name}:${provider}` };
}
