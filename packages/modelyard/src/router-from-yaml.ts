import { type ConfigIssue, formatIssue, formatIssues, type ParsedConfig } from "@modelyard/config-yaml";
import {
  type Callback,
  type Logger,
  type Provider,
  type RouterConfig,
  RouterError,
  consoleLogger,
} from "@modelyard/core";
import { invalidOption, systemClock } from "@modelyard/core/kit";
import { createRouter, type CreateRouterOptions, type Router } from "@modelyard/router";
import type { ExtraRoute } from "@modelyard/gateway";
import { callbacksOf, metricsRoutes } from "./callbacks.js";
import { connectNothing, connectShared } from "./connect-shared.js";
import { divideLimits, type ProcessShare } from "./divide-limits.js";
import { fixedSettings } from "./fixed-settings.js";
import { type LoadedConfig, loadStrategiesOf, readConfig } from "./load-config.js";
import { placedError, placedWarning } from "./placed.js";
import { priceCatalog } from "./price-catalog.js";
import { proberOf, type ReadElsewhere, type ReadReply, type ReadRequest, resultOf } from "./read-elsewhere.js";
import type { Source } from "./read-source.js";
import { builtInProviders } from "./registry.js";
import { SourceFiles } from "./source-files.js";
import { tryOut } from "./try-out.js";
import { type WatchOptions, watchSource } from "./watch-source.js";
import { withOthers } from "./with-others.js";
import { withoutInvalid } from "./without-invalid.js";

export interface FromYamlOptions {
  /**
   * The environment variables that the file may refer to.
   * @defaultValue `process.env`
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Turns errors into warnings wherever the rest of the file is usable. Cannot be combined with `strict`.
   * @defaultValue false
   */
  readonly lenient?: boolean;
  /**
   * Turns warnings into errors, also when a changed file is loaded. Cannot be combined with `lenient`.
   * @defaultValue false
   */
  readonly strict?: boolean;
  /**
   * Creates a router for inspection that does not connect to anything, with a cache in memory instead of Redis.
   * @defaultValue false
   */
  readonly offline?: boolean;
  /**
   * Gives variables that are not set a plausible value, for inspecting a file on a machine that does not have its
   * secrets.
   * @defaultValue false
   */
  readonly assumeEnvironment?: boolean;
  /**
   * Further folders from which files may be included, besides the folder of the file itself and those below it. Without
   * this restriction, anyone who can write the file could make this process read any other file.
   * @defaultValue none
   */
  readonly includeFrom?: readonly string[];
  /**
   * Earlier contents of the files, by path: the `sources` of another `YamlRouter`. If the files are invalid, the router
   * is created from these contents instead, and the error is logged. Later changes of the files are applied as usual.
   * @defaultValue none, so that invalid files are an error
   */
  readonly lastGood?: ReadonlyMap<string, string>;
  /**
   * Sends a request to another process or thread, which answers it by `answerReadRequest`, to read and check changed
   * files. Reading a large or hostile file takes seconds, in which this process could not serve requests. Cannot be
   * combined with `providers` or `router`, which cannot be sent.
   * @defaultValue changed files are read in this process
   */
  readonly readChanges?: (request: ReadRequest) => Promise<ReadReply>;
  /** Providers in addition to the built-in ones. A provider with the same name replaces the built-in one. */
  readonly providers?: readonly Provider[];
  /** Callbacks in addition to those that the file names, or a function that creates them for a configuration. */
  readonly callbacks?: readonly Callback[] | ((config: ParsedConfig) => readonly Callback[]);
  /** @defaultValue logs warnings and errors to the console */
  readonly logger?: Logger;
  /**
   * Which of several processes that serve the file this one is. Without Redis, each process gets its part of every
   * limit. With Redis they share the limits, which are only divided while Redis is unreachable.
   * @defaultValue this process is the only one
   */
  readonly share?: ProcessShare;
  /** Options of `createRouter` that a file cannot set. A `catalog` replaces the built-in one. */
  readonly router?: Pick<CreateRouterOptions, "clock" | "random" | "filters" | "catalog" | "tokenEstimator">;
}

/** A router that was created from a file, with the file's other settings. */
export interface YamlRouter {
  readonly router: Router;
  /** The configuration that is in use. */
  readonly config: ParsedConfig;
  /** The contents of all files by path: the main file, included files, and modules of strategies. */
  readonly sources: ReadonlyMap<string, string>;
  /** Warnings about the file, each with its place if it has one. */
  readonly issues: readonly ConfigIssue[];
  /** The same as lines of text. Warnings with the same message share a line. */
  readonly warnings: readonly string[];
  /** The warnings about deployments that are skipped because their mode or provider is not supported. */
  readonly unserved: readonly string[];
  /** The HTTP routes of callbacks, e.g. `/metrics`. */
  readonly routes: readonly ExtraRoute[];
  /**
   * Applies a changed configuration as a whole, or not at all. Deployments with unchanged settings keep their state,
   * and running calls finish with the settings they started with.
   * @param source - by default, the source that the router was created from, read again
   * @returns warnings about changes that only take effect at the next start
   * @throws `ConfigError` or `invalid_option`, in which case nothing has changed
   */
  reload(source?: Source): Promise<readonly string[]>;
  /**
   * Watches the file, the files it includes, and modules of strategies, and applies changes.
   * @returns a function that stops watching
   */
  watch(options?: WatchOptions): () => void;
  /** Closes router, callbacks, caches and connections. */
  close(): Promise<void>;
}

/**
 * Creates a router from a configuration in LiteLLM's YAML format, with all built-in providers, strategies and
 * callbacks.
 * @param source - the text of the configuration, or the path of its file
 * @throws `ConfigError` with all errors in the file and their places, or `invalid_option`
 */
export async function routerFromYaml(source: Source, options: FromYamlOptions = {}): Promise<YamlRouter> {
  const { lastGood, logger = consoleLogger } = options;
  if (lastGood === undefined) return build(source, options, undefined);
  try {
    return await build(source, options, undefined);
  } catch (error) {
    if (!RouterError.isInstance(error) || error.kind !== "invalid_option") throw error;
    logger.error({ error: error.message }, "the configuration files are invalid, using their last valid contents");
    return build(source, options, lastGood);
  }
}

function skipProbe(): void {
  // The deployment has been checked in the process that read the files.
}

async function build(
  source: Source,
  options: FromYamlOptions,
  lastGood: ReadonlyMap<string, string> | undefined,
): Promise<YamlRouter> {
  const extra = options.providers ?? [];
  const providers = [
    // Their environment is empty, because the parser fills in variables, from the environment that was passed.
    ...builtInProviders({ env: {} }).filter((provider) => !extra.some((other) => other.name === provider.name)),
    ...extra,
  ];
  const { logger = consoleLogger, env = process.env, lenient = false, strict = false, includeFrom = [] } = options;
  const { offline = false, assumeEnvironment = false, readChanges } = options;
  if (readChanges !== undefined && (extra.length > 0 || options.router !== undefined))
    throw invalidOption(
      "readChanges",
      "providers and router cannot be sent to another process.",
      "Omit readChanges, or omit these.",
    );
  if (lenient && strict)
    throw invalidOption("strict", "strict and lenient cannot be combined.", "Set only one of them.");
  const clock = options.router?.clock ?? systemClock;
  const catalog = options.router?.catalog ?? (await priceCatalog(clock, [...extra, ...builtInProviders({ env: {} })]));
  const probe = proberOf(providers);
  const reading = { env, lenient, strict, assumeEnvironment, includeFrom };
  const readHere = (from: Source): ReadElsewhere => ({
    ...readConfig(from, files, { ...reading, providers, extra }),
    skipped: [],
  });
  let files = new SourceFiles(lastGood);
  let { config, strategies, unserved } = await loadStrategiesOf(readHere(source), source, {
    files,
    before: undefined,
    lenient,
    strict,
    probe,
  });
  let sources = files.texts;
  const started = config;
  const given = typeof options.callbacks === "function" ? options.callbacks(config) : (options.callbacks ?? []);
  const named = await callbacksOf(config, { env, clock, lenient, assumeEnvironment }).catch((thrown: unknown) => {
    throw withOthers(placedError(thrown, config), config, { probe, also: strict ? config.warnings : [] });
  });
  const closeNamed = (): Promise<unknown> => Promise.all(named.callbacks.map(async (callback) => callback.close?.()));
  try {
    // Before anything connects.
    if (strict) tryOut(config, { strategies, providers, catalog, probe, strict, also: named.warnings });
  } catch (thrown) {
    await closeNamed();
    throw thrown;
  }
  const callbacks = [...named.callbacks, ...given];
  const { share } = options;
  const shared = offline ? connectNothing(config) : await connectShared(config, { logger, processes: share?.of });
  const ownPart = (whole: RouterConfig): RouterConfig =>
    share === undefined || started.redis !== undefined ? whole : divideLimits(whole, share);
  const create = (router: RouterConfig): Router =>
    createRouter({
      ...ownPart(router),
      strategy: strategies.strategy,
      groupStrategies: strategies.groupStrategies,
      ...options.router,
      catalog,
      providers,
      callbacks,
      logger,
      ...(shared.cache === undefined ? {} : { responseCache: shared.cache }),
      ...(shared.state === undefined ? {} : { sharedState: shared.state }),
    });
  let router: Router;
  let skipped: readonly ConfigIssue[];
  const warningsOf = (of: Router): readonly ConfigIssue[] =>
    of.warnings.map((warning) => placedWarning(warning, config));
  try {
    ({ result: router, config, warnings: skipped } = withoutInvalid(config, create, probe));
  } catch (thrown) {
    await shared.close();
    await closeNamed();
    throw thrown;
  }
  /** Logs the warnings about the file. The router logs its own. */
  const logWarnings = (): void => {
    for (const warning of [...formatIssues(config.warnings), ...skipped.map(formatIssue)]) logger.warn({}, warning);
  };
  logWarnings();
  for (const warning of named.warnings) logger.warn({}, formatIssue(warning));

  const readAgain = async (from: Source): Promise<LoadedConfig & Pick<ReadElsewhere, "skipped">> => {
    let read: ReadElsewhere;
    if (readChanges === undefined) {
      files = new SourceFiles();
      read = readHere(from);
    } else {
      // Recorded first, so that if the process fails, the files are read again only once they change.
      files = await files.unread();
      const reply = await readChanges({ ...reading, env: { ...env }, source: from });
      files = new SourceFiles(undefined, reply.files);
      read = resultOf(reply);
    }
    const context = { files, before: strategies, lenient, strict };
    const loaded = await loadStrategiesOf(read, from, {
      ...context,
      probe: readChanges === undefined ? probe : skipProbe,
    });
    return { ...loaded, skipped: read.skipped };
  };
  const reload = async (from: Source): Promise<readonly string[]> => {
    const next = await readAgain(from);
    if (strict && readChanges === undefined)
      tryOut(next.config, { strategies: next.strategies, providers, catalog, probe, strict });
    const update = (changed: RouterConfig): void => {
      const { strategy, groupStrategies } = next.strategies;
      router.update({ config: ownPart(changed), strategy, groupStrategies });
    };
    const updated = withoutInvalid(next.config, update, probe);
    ({ config } = updated);
    skipped = [...next.skipped, ...updated.warnings];
    ({ strategies, unserved } = next);
    sources = files.texts;
    logWarnings();
    return fixedSettings(started, config);
  };
  // Reloads run one after the other, so that an older text never replaces a newer one.
  let turn: Promise<unknown> = Promise.resolve();
  const reloadInTurn = (from: Source): Promise<readonly string[]> => {
    const result = turn.then(() => reload(from));
    turn = result.catch(() => undefined);
    return result;
  };
  /** Warnings that arise only when callbacks and the router are created. */
  const later = (): readonly ConfigIssue[] => [...named.warnings, ...skipped, ...warningsOf(router)];
  const watchers = new Set<() => void>();
  return {
    router,
    get config() {
      return config;
    },
    get unserved() {
      return unserved.map(formatIssue);
    },
    get sources() {
      return sources;
    },
    get issues() {
      return [...config.warnings, ...later()];
    },
    get warnings() {
      return [...formatIssues(config.warnings), ...later().map(formatIssue)];
    },
    routes: metricsRoutes(callbacks, config.proxy.requireAuthForMetrics),
    reload: (next = source) => reloadInTurn(next),
    watch: (watching = {}) => {
      const stop = watchSource(
        () => files,
        () => reloadInTurn(source),
        watching,
      );
      watchers.add(stop);
      return stop;
    },
    close: async () => {
      for (const stop of watchers) stop();
      await router.close();
      await shared.close();
    },
  };
}
