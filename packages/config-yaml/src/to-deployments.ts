import { type DeploymentOptions, Secret } from "@modelyard/core";
import type { ProviderEnvironment } from "@modelyard/core/kit";
import { assumedValue } from "./assumed-values.js";
import type { Environment } from "./environment.js";
import { given } from "./given.js";
import { litellmParams, type ModelEntry } from "./schema.js";
import { optionsFrom } from "./setting-values.js";
import { priceTiers } from "./tier-prices.js";

export interface DeploymentInput {
  /** Whether a missing key or address gets a plausible value instead of causing an error. */
  readonly assumeEnvironment: boolean;
  readonly environment: Environment;
  /** The environment variables of a model's provider. It is called with the model as the file writes it. */
  readonly variablesOf: (model: string, provider: string | undefined) => ProviderEnvironment | undefined;
  /** Whether a key is a setting that only the vendor's provider understands, not a field of requests. */
  readonly isVendor: (key: string) => boolean;
}

const own = new Set(Object.keys(litellmParams.shape));

function lookup(names: readonly string[] | undefined, environment: Environment): string | undefined {
  for (const name of names ?? []) {
    const value = environment[name];
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

const placeholder = /\{(?<name>\w+)\}/gu;

/**
 * Fills the `{NAME}` placeholders of a template with environment variables.
 * @returns `undefined` if one of them is not set
 */
function filled(template: string | undefined, environment: Environment): string | undefined {
  const names = [...(template ?? "").matchAll(placeholder)].map((match) => match.groups?.["name"] ?? "");
  return names.every((name) => lookup([name], environment) !== undefined)
    ? template?.replaceAll(placeholder, (_, name: string) => lookup([name], environment) ?? "")
    : undefined;
}

/** The API version. A version in the address wins over the environment variable, which applies to all addresses. */
function apiVersionOf(
  { api_version: written }: ModelEntry["litellm_params"],
  apiBase: string | undefined,
  fromEnvironment: string | undefined,
): string | undefined {
  return written ?? (/[?&]api-version=/u.test(apiBase ?? "") ? undefined : fromEnvironment);
}

/** Converts an entry of `model_list` to one deployment, or to one for each of its organizations. */
export function toDeployments(entry: ModelEntry, input: DeploymentInput): readonly DeploymentOptions[] {
  const { litellm_params: parameters } = entry;
  const organizations = Array.isArray(parameters.organization) ? parameters.organization : [parameters.organization];
  return organizations.map((organization, index) => {
    const options = toOptions(entry, organization, input);
    return organizations.length > 1 && options.id !== undefined
      ? { ...options, id: `${options.id}-${String(index + 1)}` }
      : options;
  });
}

function toOptions(
  entry: ModelEntry,
  organization: string | undefined,
  { environment, variablesOf, assumeEnvironment, isVendor }: DeploymentInput,
): DeploymentOptions {
  const { litellm_params: parameters } = entry;
  const info = entry.model_info ?? {};
  const { capabilities = {}, ...written } = optionsFrom("deployment", entry);
  const variables = variablesOf(parameters.model, parameters.custom_llm_provider);
  const assumed = (key: string): string | undefined => (assumeEnvironment ? assumedValue([key], "unset") : undefined);
  const apiKey = (written.apiKey as string | undefined) ?? lookup(variables?.apiKey, environment) ?? assumed("api_key");
  const apiBase =
    written.apiBase ??
    lookup(variables?.apiBase, environment) ??
    filled(variables?.apiBaseTemplate, environment) ??
    (variables?.ownAddress === true ? assumed("api_base") : undefined);
  const extra = Object.entries(parameters).filter(([key, value]) => !own.has(key) && value !== undefined);
  const defaults = { ...Object.fromEntries(extra.filter(([key]) => !isVendor(key))), ...written.defaults };
  const settings = Object.fromEntries(extra.filter(([key]) => isVendor(key)));
  return given<DeploymentOptions>({
    ...written,
    modelName: entry.model_name,
    model: parameters.model,
    apiKey: apiKey === undefined ? undefined : new Secret(apiKey),
    apiBase,
    apiVersion: apiVersionOf(parameters, apiBase, lookup(variables?.apiVersion, environment)),
    organization: organization ?? lookup(variables?.organization, environment),
    priceTiers: priceTiers(parameters, info),
    capabilities,
    defaults: Object.keys(defaults).length === 0 ? undefined : defaults,
    settings: Object.keys(settings).length === 0 ? undefined : settings,
    info: Object.keys(info).length === 0 ? undefined : info,
  });
}
