import type { Provider } from "@modelyard/core";
import type { ProviderEnvironment } from "@modelyard/core/kit";
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

/** The environment variables of a model's provider; `undefined` when nobody can tell whose it is. */
export function variablesOf(
  providers: readonly Provider[],
): (model: string, provider: string | undefined) => ProviderEnvironment | undefined {
  const registered = new Map(providers.map((provider) => [provider.name, provider]));
  return (model, explicit) => {
    try {
      return registered.get(inferProvider(model, explicit, registered, "model").provider)?.environment;
    } catch {
      // Reported with its place when the router is built.
      return undefined;
    }
  };
}
