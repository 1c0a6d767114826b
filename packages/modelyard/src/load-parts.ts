import { ConfigError, type ConfigIssue, type ParsedConfig } from "@modelyard/config-yaml";
import type { Cache, Callback, ModelCatalog, Provider, RouterEventType } from "@modelyard/core";
import { callback, provider, responseCache } from "@modelyard/core/options";
import { type LoadedPart, loadModule, type ModuleContext, moduleIssue, type ModuleKind } from "./load-module.js";

const aProvider: ModuleKind = { noun: "provider", rule: provider, members: "name, operations and call" };
const aCallback: ModuleKind = { noun: "callback", rule: callback, members: "name, events and on" };
const aCache: ModuleKind = { noun: "cache", rule: responseCache, members: "name, get, set, delete and close" };

/** Providers by name. */
export type LoadedProviders = ReadonlyMap<string, LoadedPart<Provider>>;

/** A callback that receives the outcomes that the file wants it to receive. */
interface LoadedCallback extends LoadedPart<Callback> {
  readonly on: string;
  readonly received: Callback;
}

/** Callbacks by the path of their module, as written. */
export type LoadedCallbacks = ReadonlyMap<string, LoadedCallback>;

/**
 * Loads the providers that are modules.
 * @param before - those of before, which are kept if nothing has changed
 * @throws {@link ConfigError} with all errors and their places
 */
export async function loadProviders(
  config: ParsedConfig,
  context: ModuleContext,
  before?: LoadedProviders,
): Promise<LoadedProviders> {
  const issues: ConfigIssue[] = [];
  const loaded = new Map<string, LoadedPart<Provider>>();
  for (const choice of config.providerModules) {
    const { provider: name, place } = choice;
    try {
      const one = await loadModule(aProvider, choice, context, before?.get(name));
      loaded.set(name, one);
      if (one.part.name === name) continue;
      const path = [...place.module.slice(0, -1), "provider"];
      const message = `the module's provider is named "${one.part.name}". Write provider: ${one.part.name}, and use that name in model_list.`;
      issues.push(moduleIssue(new Error(message), { module: path, args: path }, config));
    } catch (thrown) {
      issues.push(moduleIssue(thrown, place, config));
    }
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return loaded;
}

/** Loads the callbacks that are modules. @throws {@link ConfigError} with all errors and their places */
export async function loadCallbacks(
  config: ParsedConfig,
  context: ModuleContext,
  before?: LoadedCallbacks,
): Promise<LoadedCallbacks> {
  const issues: ConfigIssue[] = [];
  const loaded = new Map<string, LoadedCallback>();
  for (const choice of config.callbackModules) {
    const kept = before?.get(choice.name);
    const on = choice.on.join();
    try {
      const one = await loadModule(aCallback, choice, context, kept);
      const isSame = kept !== undefined && one === kept && kept.on === on;
      loaded.set(choice.name, isSame ? kept : { ...one, on, received: receiving(one.part, choice.on) });
    } catch (thrown) {
      issues.push(moduleIssue(thrown, choice.place, config));
    }
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return loaded;
}

/** Loads the cache that is a module, if there is one. @throws {@link ConfigError} with the place of the error */
export async function loadCache(
  { cache, ...config }: ParsedConfig,
  context: ModuleContext,
  before?: LoadedPart<Cache>,
): Promise<LoadedPart<Cache> | undefined> {
  if (cache?.type !== "custom") return undefined;
  try {
    return await loadModule(aCache, cache.module, context, before);
  } catch (thrown) {
    throw new ConfigError([moduleIssue(thrown, cache.module.place, { ...config, cache })]);
  }
}

const onlyFailures: ReadonlySet<RouterEventType> = new Set(["request_failed", "attempt_failed", "attempt_aborted"]);
const onlySuccesses: ReadonlySet<RouterEventType> = new Set(["request_succeeded", "attempt_succeeded"]);

/** A callback without the events of outcomes that it should not receive. */
function receiving(part: Callback, on: readonly ("success" | "failure")[]): Callback {
  if (on.length === 2) return part;
  const others = on.includes("success") ? onlyFailures : onlySuccesses;
  // The parts of an object of a class are not its own, so they are not copied.
  return {
    name: part.name,
    events: part.events.filter((type) => !others.has(type)),
    payload: part.payload === true,
    start: (report) => part.start?.(report),
    on: part.on.bind(part),
    flush: async () => part.flush?.(),
    close: async () => part.close?.(),
  };
}

/** Warnings about callbacks that receive nothing in the list that names them. */
export function idleCallbacks(config: ParsedConfig, loaded: LoadedCallbacks): readonly ConfigIssue[] {
  return config.callbackModules.flatMap(({ name, place, on }) => {
    const { part, received } = loaded.get(name) ?? {};
    if (part === undefined || received?.events.length !== 0) return [];
    const message =
      part.events.length === 0
        ? "it receives nothing, because it names no events."
        : `it receives nothing, because it only listens to ${part.events.join(", ")}. Put it in ${on.includes("success") ? "failure_callback" : "success_callback"}.`;
    return [moduleIssue(new Error(message), place, config)];
  });
}

/** Everything that a file names as modules, apart from strategies. */
export interface ModuleParts {
  readonly providers: LoadedProviders;
  readonly callbacks: LoadedCallbacks;
  readonly cache: LoadedPart<Cache> | undefined;
}

type Closeable = Pick<Callback, "close" | "name">;

function closeablesOf({ providers, callbacks, cache }: ModuleParts): readonly Closeable[] {
  const parts = [...providers.values(), ...callbacks.values(), ...(cache === undefined ? [] : [cache])];
  return parts.map(({ part }) => part as Closeable);
}

/** Closes parts that are not used after all. @param kept - parts that stay open */
export async function closeUnused(parts: ModuleParts, kept?: ModuleParts): Promise<void> {
  const used = new Set(kept === undefined ? [] : closeablesOf(kept));
  await Promise.allSettled(closeablesOf(parts).map(async (part) => (used.has(part) ? undefined : part.close?.())));
}

/** Looks up prices by the catalog's names of the vendors of loaded providers. */
export function withCatalogIds(catalog: ModelCatalog, loaded: () => LoadedProviders): ModelCatalog {
  return (name, model) => catalog(loaded().get(name)?.part.catalogId ?? name, model);
}
