import type { ConfigIssue, ParsedConfig } from "@modelyard/config-yaml";
import type { Provider } from "@modelyard/core";
import type { ProviderEnvironment } from "@modelyard/core/kit";
import { inferProvider } from "@modelyard/router";
import { unknownCallbacks } from "./callbacks.js";
import { type LoadContext, type LoadedStrategies, loadStrategies } from "./load-strategy.js";
import { placedError } from "./placed.js";
import { folderOf, readSource, type Source } from "./read-source.js";
import { builtInProviders } from "./registry.js";
import { withoutIgnoredSettings } from "./ignored-settings.js";
import type { SourceFiles } from "./source-files.js";
import { type Probe, withOthers } from "./with-others.js";
import { withoutUnserved } from "./without-unserved.js";

export interface ReadConfigOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly lenient: boolean;
  readonly strict: boolean;
  readonly assumeEnvironment: boolean;
  readonly includeFrom: readonly string[];
  /** All registered providers. */
  readonly providers: readonly Provider[];
  /** The registered providers that are the user's own. */
  readonly extra: readonly Provider[];
}

/** A configuration before its strategies are loaded. */
export interface ReadConfig {
  readonly config: ParsedConfig;
  /** The reasons why some deployments cannot be called here. The warnings of `config` include them. */
  readonly unserved: readonly ConfigIssue[];
}

export interface LoadedConfig extends ReadConfig {
  readonly strategies: LoadedStrategies;
}

/**
 * Reads a configuration and removes the deployments and settings that are not supported.
 * @throws `ConfigError`, `invalid_option`
 */
export function readConfig(from: Source, files: SourceFiles, options: ReadConfigOptions): ReadConfig {
  const { env, lenient, strict, assumeEnvironment, includeFrom, providers, extra } = options;
  const providerVariables = variablesOf(providers);
  const reading = { env, lenient, assumeEnvironment, providerVariables, files, includeFrom, providers };
  let read: ParsedConfig;
  try {
    // Some of its warnings turn out below to be wrong, so `strict` is applied there.
    read = readSource(from, { ...reading, strict: false });
  } catch (thrown) {
    // If the file has errors, its warnings are reported with them.
    if (strict) readSource(from, { ...reading, strict });
    throw thrown;
  }
  const served = withoutUnserved(read, providers);
  const own = builtInProviders().filter(({ name }) => extra.every((provider) => provider.name !== name));
  const { config: plain, issues: ignored } = withoutIgnoredSettings(
    served.config,
    new Map(own.map((one) => [one.name, one])),
  );
  const { warnings } = unknownCallbacks(plain);
  const config = { ...plain, warnings: [...plain.warnings, ...served.unserved, ...ignored, ...warnings] };
  return { config, unserved: served.unserved };
}

export interface LoadStrategiesOptions extends Omit<LoadContext, "folder"> {
  readonly lenient: boolean;
  /** Whether warnings are errors: they are reported with an error of a strategy. */
  readonly strict: boolean;
  readonly probe: Probe;
}

/**
 * Loads the strategies that a configuration names.
 * @throws `ConfigError`, which includes errors of deployments and callbacks, or `invalid_option`
 */
export async function loadStrategiesOf(
  { config, unserved }: ReadConfig,
  from: Source,
  { lenient, strict, probe, ...context }: LoadStrategiesOptions,
): Promise<LoadedConfig> {
  try {
    return { config, unserved, strategies: await loadStrategies(config, { ...context, folder: folderOf(from) }) };
  } catch (thrown) {
    const also = [...(lenient ? [] : unknownCallbacks(config).errors), ...(strict ? config.warnings : [])];
    throw withOthers(placedError(thrown, config), config, { probe, also });
  }
}

/** Returns a function that finds the environment variables of a model's provider, or `undefined` if it is unknown. */
function variablesOf(
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
