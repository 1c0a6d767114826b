import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { ModelyardProvider } from "./modelyard.js";

/** The part of Mastra's interface for gateways that is needed. It has no type here, so that Mastra need not be installed. */
export interface MastraGateway {
  readonly id: string;
  readonly name: string;
  fetchProviders(): Promise<Record<string, MastraProvider>>;
  buildUrl(modelId: string): string;
  getApiKey(modelId: string): Promise<string>;
  resolveLanguageModel(asked: { readonly modelId: string; readonly providerId: string }): LanguageModelV4;
}

export interface MastraProvider {
  readonly name: string;
  models: string[];
  readonly gateway: string;
  readonly apiKeyEnvVar: string[];
}

/**
 * A gateway of Mastra, so that agents can name models by strings: after
 * `new Mastra({ gateways: { modelyard: mastraGateway(ai) } })`, the model `"modelyard/fast"` is `ai("fast")`.
 * @param id - the beginning of the strings
 */
export function mastraGateway<Names extends string>(
  provider: ModelyardProvider<Names>,
  id = "modelyard",
): MastraGateway {
  return {
    id,
    name: "Modelyard",
    fetchProviders: async () => {
      const models = provider.router.models().map((listing) => listing.id);
      return { [id]: { name: "Modelyard", models, gateway: id, apiKeyEnvVar: [] } };
    },
    // Nothing is sent to an address, and no key is needed: the router is in the same process.
    buildUrl: () => `modelyard:${id}`,
    getApiKey: async () => "unused",
    // Mastra splits names with a slash.
    resolveLanguageModel: ({ providerId, modelId }) =>
      provider.languageModel((providerId === id ? modelId : `${providerId}/${modelId}`) as Names),
  };
}
