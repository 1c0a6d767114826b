import type { Provider } from "@modelyard/core";
import { anthropic } from "@modelyard/providers-anthropic";
import { azure, hosts, openai, openaiCompatible } from "@modelyard/providers-openai";

export { anthropic, azure, openai, openaiCompatible };

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
