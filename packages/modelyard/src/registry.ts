import type { Provider } from "@modelyard/core";
import type { ProviderEnvironment } from "@modelyard/core/kit";
import { anthropic } from "@modelyard/providers-anthropic";
import { azure, hosts, openai, openaiCompatible } from "@modelyard/providers-openai";
import { inferProvider } from "@modelyard/router";

export interface BuiltInOptions {
  /**
   * Environment variables that supply the keys of deployments without one.
   * @defaultValue `process.env`
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Creates all built-in providers. */
export function builtInProviders({ env }: BuiltInOptions = {}): readonly Provider[] {
  const options = env === undefined ? {} : { env };
  const others = hosts.map((host) => openaiCompatible({ ...options, name: host.name }));
  return [openai(options), azure(options), anthropic(options), ...others];
}

/** Returns a function that finds the environment variables of a model's provider, or `undefined` if it is unknown. */
export function variablesOf(
  providers: readonly Provider[],
): (model: string, provider: string | undefined) => ProviderEnvironment | undefined {
  const registered = new Map(providers.map((provider) => [provider.name, provider]));
  return (model, explicit) => {
    try {
      return registered.get(inferProvider(model, explicit, registered, "model").provider)?.environment;
    } catch {
      // An unknown provider is reported, with its place, when the router is created.
      return undefined;
    }
  };
}
