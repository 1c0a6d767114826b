import type { Provider } from "@modelyard/core";
import type { ProviderVariables } from "@modelyard/config-yaml";
import { anthropic } from "@modelyard/providers-anthropic";
import { azure, hosts, openai, openaiCompatible } from "@modelyard/providers-openai";
import { inferProvider } from "@modelyard/router";

export interface BuiltInOptions {
  /** Where providers look for the keys of deployments that have none. @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Every provider that comes along. */
export function builtInProviders({ env }: BuiltInOptions = {}): readonly Provider[] {
  const options = env === undefined ? {} : { env };
  const others = hosts.map((host) => openaiCompatible({ ...options, name: host.name }));
  return [openai(options), azure(options), anthropic(options), ...others];
}

/** Where LiteLLM's users keep what is not in the file. Source: LiteLLM's provider pages. */
const variables: Readonly<Record<string, ProviderVariables>> = {
  openai: {
    apiKey: ["OPENAI_API_KEY"],
    apiBase: ["OPENAI_BASE_URL", "OPENAI_API_BASE"],
    organization: ["OPENAI_ORGANIZATION"],
  },
  azure: {
    apiKey: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
    apiBase: ["AZURE_API_BASE"],
    apiVersion: ["AZURE_API_VERSION"],
    ownAddress: true,
  },
  anthropic: { apiKey: ["ANTHROPIC_API_KEY"], apiBase: ["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"] },
  ...Object.fromEntries(
    hosts.map((host) => [
      host.name,
      {
        apiKey: [...(host.keyVariable === undefined ? [] : [host.keyVariable]), ...(host.otherKeyVariables ?? [])],
        apiBase: [host.baseVariable ?? `${host.name.toUpperCase()}_API_BASE`],
        ...(host.baseUrl === undefined ? { ownAddress: true } : {}),
        ...(host.baseTemplate === undefined ? {} : { apiBaseTemplate: host.baseTemplate }),
      },
    ]),
  ),
};

/** The environment variables of a model's provider; `undefined` when nobody can tell whose it is. */
export function variablesOf(
  providers: readonly Provider[],
): (model: string, provider: string | undefined) => ProviderVariables | undefined {
  const registered = new Map(providers.map((provider) => [provider.name, provider]));
  return (model, explicit) => {
    try {
      return variables[inferProvider(model, explicit, registered, "model").provider];
    } catch {
      // Told with its place when the router is built.
      return undefined;
    }
  };
}
