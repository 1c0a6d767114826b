import { ConfigError, type ConfigIssue, type ParsedConfig } from "@modelyard/config-yaml";
import type { Provider } from "@modelyard/core";
import type { ProviderEnvironment } from "@modelyard/core/kit";
import { inferProvider } from "@modelyard/router";
import { unknownCallbacks } from "./callbacks.js";
import type { ModuleContext } from "./load-module.js";
import { loadCache, loadCallbacks, type LoadedProviders, loadProviders, type ModuleParts } from "./load-parts.js";
import { type LoadContext, type LoadedStrategies, loadStrategies } from "./load-strategy.js";
import { placedError } from "./placed.js";
import { foldersOf, folderOf, readSource, type Source } from "./read-source.js";
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
  readonly providers: KnownProviders;
}

/** The providers that a file does not have to name. */
export interface KnownProviders {
  readonly builtIn: readonly Provider[];
  /** Those of the program, which replace others with the same name. */
  readonly extra: readonly Provider[];
}

/** A configuration before its parts are loaded, apart from providers. */
export interface ReadConfig {
  readonly config: ParsedConfig;
  /** The reasons why some deployments cannot be called here. The warnings of `config` include them. */
  readonly unserved: readonly ConfigIssue[];
  /** The providers that the file names. */
  readonly providers: LoadedProviders;
}

export interface LoadedConfig extends ReadConfig, ModuleParts {
  readonly strategies: LoadedStrategies;
}

/** All providers. Those of the program replace those of the file, and both replace built-in ones. */
export function allProviders({ builtIn, extra }: KnownProviders, loaded: LoadedProviders): readonly Provider[] {
  const isGiven = (name: string): boolean => extra.some((provider) => provider.name === name);
  const own = [...loaded.values()].map(({ part }) => part).filter(({ name }) => !isGiven(name));
  return [...builtIn.filter(({ name }) => !isGiven(name) && !loaded.has(name)), ...own, ...extra];
}

/** Where the modules of a configuration may be. */
export function moduleContext(from: Source, files: SourceFiles, includeFrom: readonly string[]): ModuleContext {
  return { folder: folderOf(from), folders: foldersOf(from, includeFrom), files };
}

/** How often a file is read again because the providers that it names have changed meanwhile. */
const mostReads = 5;

/**
 * Reads a configuration and removes the deployments and settings that are not supported. What is supported depends on
 * the providers that it names, so it is read once more if it names any.
 * @param before - the file's providers of before, which are kept if nothing has changed
 * @throws `ConfigError`, `invalid_option`
 */
export async function readConfig(
  from: Source,
  files: SourceFiles,
  options: ReadConfigOptions,
  before: LoadedProviders = new Map(),
): Promise<ReadConfig> {
  const context = moduleContext(from, files, options.includeFrom);
  let providers = before;
  for (let reads = 0; ; reads += 1) {
    let named: ParsedConfig | undefined;
    let read: Omit<ReadConfig, "providers"> | undefined;
    try {
      read = readOnce(from, files, options, providers);
      named = read.config;
    } catch (thrown) {
      // Without its providers, a valid file may look invalid.
      named = reads === 0 ? readDespiteErrors(from, files, options) : undefined;
      if (named === undefined || named.providerModules.length === 0) throw thrown;
    }
    const found = await loadProviders(named, context, providers);
    const hasChanged = differs(found, providers);
    providers = found;
    if (read !== undefined && (!hasChanged || reads === mostReads)) return { ...read, providers };
  }
}

function differs(one: LoadedProviders, other: LoadedProviders): boolean {
  return one.size !== other.size || [...one].some(([name, loaded]) => other.get(name) !== loaded);
}

/** A configuration as far as it can be read, or `undefined` if it cannot. */
function readDespiteErrors(from: Source, files: SourceFiles, options: ReadConfigOptions): ParsedConfig | undefined {
  const providerVariables = (): undefined => undefined;
  const reading = { ...options, lenient: true, strict: false, providerVariables, files, providers: [] };
  try {
    return readSource(from, reading);
  } catch {
    return undefined;
  }
}

/** @throws `ConfigError`, `invalid_option` */
function readOnce(
  from: Source,
  files: SourceFiles,
  options: ReadConfigOptions,
  loaded: LoadedProviders,
): Omit<ReadConfig, "providers"> {
  const { env, lenient, strict, assumeEnvironment, includeFrom } = options;
  const providers = allProviders(options.providers, loaded);
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
  const own = options.providers.builtIn.filter((provider) => providers.includes(provider));
  const { config: plain, issues: ignored } = withoutIgnoredSettings(
    served.config,
    new Map(own.map((one) => [one.name, one])),
  );
  const { warnings } = unknownCallbacks(plain);
  const config = { ...plain, warnings: [...plain.warnings, ...served.unserved, ...ignored, ...warnings] };
  return { config, unserved: served.unserved };
}

export interface LoadPartsOptions extends Omit<LoadContext, "before" | "folder" | "folders"> {
  readonly includeFrom: readonly string[];
  readonly lenient: boolean;
  /** Whether warnings are errors: they are reported with an error of a part. */
  readonly strict: boolean;
  readonly probe: Probe;
  /** The parts before a reload. Those that did not change are kept, with their state. */
  readonly before: LoadedConfig | undefined;
}

/**
 * Loads the strategies, callbacks and the cache that a configuration names.
 * @throws `ConfigError`, which includes errors of deployments and callbacks, or `invalid_option`
 */
export async function loadPartsOf(
  read: ReadConfig,
  from: Source,
  { lenient, strict, probe, before, withoutModules = false, includeFrom, files }: LoadPartsOptions,
): Promise<LoadedConfig> {
  const { config } = read;
  const context = moduleContext(from, files, includeFrom);
  const issues: ConfigIssue[] = [];
  const loading = async <Part>(part: Promise<Part>): Promise<Part | undefined> => {
    try {
      return await part;
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      issues.push(...thrown.issues);
      return undefined;
    }
  };
  try {
    const strategies = await loading(
      loadStrategies(config, { ...context, withoutModules, before: before?.strategies }),
    );
    const callbacks = withoutModules ? undefined : await loading(loadCallbacks(config, context, before?.callbacks));
    // A cache of another kind cannot be replaced by a module while it is used.
    const isFixed = withoutModules || (before !== undefined && before.cache === undefined);
    const cache = isFixed ? undefined : await loading(loadCache(config, context, before?.cache));
    if (issues.length > 0 || strategies === undefined) throw new ConfigError(issues.toSorted(byPlace));
    return { ...read, strategies, callbacks: callbacks ?? new Map(), cache };
  } catch (thrown) {
    const also = [...(lenient ? [] : unknownCallbacks(config).errors), ...(strict ? config.warnings : [])];
    throw withOthers(placedError(thrown, config), config, { probe, also });
  }
}

function byPlace(one: ConfigIssue, other: ConfigIssue): number {
  return one.file === other.file ? one.line - other.line || one.column - other.column : 0;
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
