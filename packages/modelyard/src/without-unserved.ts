import { ConfigError, type ConfigIssue, type ParsedConfig } from "@modelyard/config-yaml";
import type { DeploymentOptions, JsonObject, Provider } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { inferProvider } from "@modelyard/router";
import { isForeignProvider, unservedReason } from "./unserved.js";

/** A configuration without the deployments that cannot be called here. */
export interface Served {
  readonly config: ParsedConfig;
  /** The reasons why deployments were removed, each with its place. */
  readonly unserved: readonly ConfigIssue[];
}

export interface Written {
  readonly provider: string | undefined;
  readonly model: string;
}

/** A deployment's provider and model as written, even if the provider is unknown. */
export function written(
  { model, provider }: DeploymentOptions,
  registered: ReadonlyMap<string, Provider>,
  isForeign = (name: string): boolean => isForeignProvider(name, registered),
): Written {
  const slash = model.indexOf("/");
  const prefix = slash === -1 ? undefined : model.slice(0, slash);
  const explicit = provider ?? (prefix !== undefined && isForeign(prefix) ? prefix : undefined);
  if (explicit !== undefined && !registered.has(explicit))
    return { provider: explicit, model: prefix === explicit ? model.slice(slash + 1) : model };
  try {
    return inferProvider(model, provider, registered, "model");
  } catch {
    // An unknown provider is reported, with its place, when the router is created.
    return { provider: undefined, model };
  }
}

/** Whether an entry of a file cannot be called here, as far as its unvalidated value shows. */
export function isUnservedEntry(entry: JsonObject, providers: readonly Provider[]): boolean {
  const { litellm_params: parameters, model_info: info } = entry;
  if (!isJsonObject(parameters) || typeof parameters["model"] !== "string") return false;
  const explicit = parameters["custom_llm_provider"];
  const registered = new Map(providers.map((provider) => [provider.name, provider]));
  const sketch = { modelName: "", model: parameters["model"] };
  const { provider, model } = written(
    typeof explicit === "string" ? { ...sketch, provider: explicit } : sketch,
    registered,
  );
  if (parameters["mock_response"] !== undefined) return false;
  return (
    unservedReason(
      {
        model,
        provider,
        mode: isJsonObject(info) ? info["mode"] : undefined,
        isForeign: provider !== undefined && isForeignProvider(provider, registered),
        apiBase: parameters["api_base"],
        hasKey: parameters["api_key"] !== undefined,
        inPython: false,
        settings: Object.keys(parameters),
      },
      registered,
    ) !== undefined
  );
}

/** Whether a deployment answers without calling a vendor. */
function isMocked({ mockResponse }: DeploymentOptions): boolean {
  return mockResponse !== undefined;
}

/**
 * Removes the deployments that cannot be called here, because their mode or provider is not supported.
 * @throws {@link ConfigError} if no deployment would be left
 */
export function withoutUnserved(config: ParsedConfig, providers: readonly Provider[]): Served {
  const registered = new Map(providers.map((provider) => [provider.name, provider]));
  const { modelList } = config.router;
  const inPython = new Set(config.pythonProviders);
  const isForeign = (name: string): boolean =>
    !registered.has(name) && (inPython.has(name) || isForeignProvider(name, registered));
  const reasons = modelList.map((deployment) => {
    const { provider, model } = written(deployment, registered, isForeign);
    if (isMocked(deployment)) return undefined;
    const mode = deployment.info?.["mode"];
    return unservedReason(
      {
        model,
        provider,
        mode,
        isForeign: provider !== undefined && isForeign(provider),
        apiBase: deployment.apiBase,
        hasKey: deployment.apiKey !== undefined,
        inPython: inPython.has(provider ?? ""),
        settings: Object.keys(deployment.settings ?? {}),
      },
      registered,
    );
  });
  const kept = modelList.map((_, position) => position).filter((position) => reasons[position] === undefined);
  if (kept.length === modelList.length) return { config, unserved: [] };
  const left = new Set(kept.map((position) => modelList[position]?.modelName));
  const unserved = modelList.flatMap((deployment, position): readonly ConfigIssue[] => {
    const reason = reasons[position];
    if (reason === undefined) return [];
    const entry = config.entryOf[position] ?? position;
    const group = left.has(deployment.modelName) ? "" : ` No other deployment serves "${deployment.modelName}".`;
    const message = `"${deployment.model}" cannot be called and is skipped: ${reason}${group}`;
    return [
      {
        ...config.sourceOf(["model_list", entry, "litellm_params", "model"]),
        path: `model_list[${String(entry)}]`,
        message,
      },
    ];
  });
  if (kept.length === 0) throw new ConfigError(unserved);
  const keptOf = <Item>(list: readonly Item[]): Item[] => kept.map((position) => list[position] as Item);
  return {
    config: {
      ...config,
      router: { ...config.router, modelList: keptOf(modelList) },
      entryOf: keptOf(config.entryOf),
    },
    unserved,
  };
}
