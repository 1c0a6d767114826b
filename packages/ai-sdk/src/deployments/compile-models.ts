import type { EmbeddingModelV4, LanguageModelV4 } from "@ai-sdk/provider";
import type { DeploymentOptions, Provider } from "@modelyard/core";
import { invalidOption, isJsonObject } from "@modelyard/core/kit";
import type { AnyModel, ModelEntry, ModelGroups, ModelOptions } from "./model-entry.js";
import { ModelProvider, type SdkModel } from "./model-provider.js";
import { newestEmbeddingModel, newestLanguageModel } from "./older-models.js";
import { sharedUrls } from "./shared-urls.js";

export interface CompiledModels {
  readonly modelList: readonly DeploymentOptions[];
  /** One for each provider of the AI SDK. */
  readonly providers: readonly Provider[];
  /** Files that all models read by their address. `undefined`: there are no language models of the AI SDK. */
  readonly supportedUrls: LanguageModelV4["supportedUrls"] | undefined;
  /** The least of all embedding models. `undefined`: none has a limit. */
  readonly maxEmbeddingsPerCall: EmbeddingModelV4["maxEmbeddingsPerCall"];
}

/**
 * Makes deployments of the models of each group.
 * @param others - the providers of models that are given by name
 * @throws `invalid_option` naming the entry that is not a model
 */
export function compileModels(groups: ModelGroups, others: readonly Provider[]): CompiledModels {
  if (!isJsonObject(groups) || Object.keys(groups).length === 0)
    throw invalidOption("models", "at least one group is required.", 'Write e.g. models: { fast: [openai("gpt-5")] }.');
  const models = new Map<string, Map<string, SdkModel>>();
  const taken = new Set(others.map(({ name }) => name));
  const ids = new Set<string>();
  const modelList = Object.entries(groups).flatMap(([group, entries]) =>
    (isList(entries) ? entries : [entries]).map((entry, index): DeploymentOptions => {
      const path = `models.${group}[${String(index)}]`;
      const { model, ...options } = optionsOf(entry, path);
      if (typeof model === "string") return { ...options, model, modelName: group };
      const found = newest(model, path);
      const { provider: vendor, modelId } = found.model;
      const provider = taken.has(vendor) ? `${vendor}.ai-sdk` : vendor;
      const id = options.id ?? freeId(`${group}/${vendor}/${modelId}`, ids);
      const known = models.get(provider) ?? new Map<string, SdkModel>();
      models.set(provider, known.set(id, found));
      return { ...options, modelName: group, provider, model: modelId, id };
    }),
  );
  const all = [...models.values()].flatMap((known) => [...known.values()]);
  return {
    modelList,
    providers: [...models].map(([name, known]) => new ModelProvider(name, known)),
    supportedUrls: sharedUrls(all.flatMap(({ kind, model }) => (kind === "language" ? [model] : []))),
    maxEmbeddingsPerCall: leastOf(all.flatMap(({ kind, model }) => (kind === "embedding" ? [model] : []))),
  };
}

function isList(entries: ModelEntry | readonly ModelEntry[]): entries is readonly ModelEntry[] {
  return Array.isArray(entries);
}

function isModel(value: unknown): value is AnyModel {
  return isJsonObject(value) && ("doGenerate" in value || "doEmbed" in value);
}

function optionsOf(entry: ModelEntry, path: string): ModelOptions {
  if (typeof entry === "string" || isModel(entry)) return { model: entry };
  const { model } = entry as Partial<ModelOptions>;
  if (typeof model === "string" || isModel(model)) return entry;
  const fix = 'Write a model of the AI SDK, such as openai("gpt-5"), or { model: openai("gpt-5"), weight: 2 }.';
  throw invalidOption(path, "this is not a model.", fix);
}

function newest(model: AnyModel, path: string): SdkModel {
  const version: string = model.specificationVersion;
  if (version !== "v3" && version !== "v4")
    throw invalidOption(
      path,
      `the model "${model.modelId}" has the specification ${version}.`,
      "Update its provider: v3 and v4 are supported.",
    );
  return "doEmbed" in model
    ? { kind: "embedding", model: newestEmbeddingModel(model) }
    : { kind: "language", model: newestLanguageModel(model) };
}

/** An id that no other deployment has. It stays the same as long as the models of the group do. */
function freeId(wanted: string, ids: Set<string>): string {
  const clean = wanted.replaceAll(/[^\w.:/-]/gu, "_").slice(0, 200);
  let id = clean;
  for (let count = 2; ids.has(id); count += 1) id = `${clean}-${String(count)}`;
  ids.add(id);
  return id;
}

function leastOf(models: readonly EmbeddingModelV4[]): EmbeddingModelV4["maxEmbeddingsPerCall"] {
  if (models.length === 0) return undefined;
  return Promise.all(models.map(async ({ maxEmbeddingsPerCall: most }) => most)).then((limits) => {
    const known = limits.filter((limit) => limit !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  });
}
