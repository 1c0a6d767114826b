import { ConfigError, type ConfigIssue, type ParsedConfig } from "@modelyard/config-yaml";
import type { DeploymentOptions, Provider } from "@modelyard/core";
import { unknownCallbacks } from "./callbacks.js";
import { type LoadedStrategies, loadStrategies } from "./load-strategy.js";
import { placedError } from "./placed.js";
import { folderOf, readSource, type Source } from "./read-source.js";
import { builtInProviders, variablesOf } from "./registry.js";
import { withoutIgnoredSettings } from "./ignored-settings.js";
import type { SourceFiles } from "./source-files.js";
import { withOthers } from "./with-others.js";
import { withoutUnserved } from "./without-unserved.js";

export interface LoadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly lenient: boolean;
  readonly strict: boolean;
  readonly assumeEnvironment: boolean;
  readonly includeFrom: readonly string[];
  /** All that are registered. */
  readonly providers: readonly Provider[];
  /** Those of them that are the user's. */
  readonly extra: readonly Provider[];
  /** @throws what is wrong with a deployment */
  readonly probe: (deployment: DeploymentOptions) => void;
}

export interface LoadedConfig {
  readonly config: ParsedConfig;
  readonly strategies: LoadedStrategies;
  /** Deployments that nothing here can call, with the reasons; they are among the warnings of `config` too. */
  readonly unserved: readonly ConfigIssue[];
}

/** Reads a configuration, loads its strategies, and takes out what cannot be served. @throws `ConfigError`, `invalid_option` */
export async function loadConfig(
  from: Source,
  { files, before }: { readonly files: SourceFiles; readonly before: LoadedStrategies | undefined },
  options: LoadOptions,
): Promise<LoadedConfig> {
  const { env, lenient, strict, assumeEnvironment, includeFrom, providers, extra, probe } = options;
  const providerVariables = variablesOf(providers);
  const read = readSource(from, {
    env,
    lenient,
    strict,
    assumeEnvironment,
    providerVariables,
    files,
    includeFrom,
    providers,
  });
  const served = withoutUnserved(read, providers);
  const own = builtInProviders().filter(({ name }) => extra.every((provider) => provider.name !== name));
  const { config: plain, issues: ignored } = withoutIgnoredSettings(
    served.config,
    new Map(own.map((one) => [one.name, one])),
  );
  const unknown = unknownCallbacks(plain);
  const config = { ...plain, warnings: [...plain.warnings, ...served.unserved, ...ignored, ...unknown.warnings] };
  if (strict && config.warnings.length > 0) throw new ConfigError(config.warnings);
  try {
    const strategies = await loadStrategies(config, { folder: folderOf(from), files, before });
    return { config, strategies, unserved: served.unserved };
  } catch (thrown) {
    const also = lenient ? [] : unknown.errors;
    throw withOthers(placedError(thrown, config), config, { probe, also });
  }
}
