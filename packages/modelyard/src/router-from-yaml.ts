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
import { refuseWarnings } from "./refuse-warnings.js";
import { builtInProviders } from "./registry.js";
import { SourceFiles } from "./source-files.js";
import { type WatchOptions, watchSource } from "./watch-source.js";
import { withOthers } from "./with-others.js";
import { withoutInvalid } from "./without-invalid.js";

export interface FromYamlOptions {
  /** @defaultValue the process' */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Turns errors into warnings whenever the setting can still be interpreted. @defaultValue false */
  readonly lenient?: boolean;
  /** Turns warnings into errors, also those of a changed file. @defaultValue false */
  readonly strict?: boolean;
  /** Connects to nothing: a router to look at, with a cache in memory in the place of Redis. @defaultValue false */
  readonly offline?: boolean;
  /** Takes variables that are not set for set to something: for a look at a file where its secrets are not. @defaultValue false */
  readonly assumeEnvironment?: boolean;
  /**
   * Folders whose files may be included besides those in the folder of the file itself, also below it. Anyone who can write
   * the file could otherwise have this process read any other.
   * @defaultValue none
   */
  readonly includeFrom?: readonly string[];
  /**
   * Texts of files that worked before (`sources` of another `YamlRouter`), by path. They are used instead of the files
   * when these cannot be used now, which is logged; a change of the files is taken over as always.
   * @defaultValue none
   */
  readonly lastGood?: ReadonlyMap<string, string>;
  /**
   * Has changed files read and checked by `answerReadRequest` in another process or thread. Reading a large or hostile file
   * takes seconds, in which this process would serve nothing. Excludes `providers` and `router`, which cannot be sent.
   * @defaultValue they are read in this process
   */
  readonly readChanges?: (request: ReadRequest) => Promise<ReadReply>;
  /** Besides the built-in ones; one of the same name takes its place. */
  readonly providers?: readonly Provider[];
  /** Besides those the file names; a function is told what the file says. */
  readonly callbacks?: readonly Callback[] | ((config: ParsedConfig) => readonly Callback[]);
  /** @defaultValue the console, for warnings and errors */
  readonly logger?: Logger;
  /**
   * This process is one of several that serve the file: without Redis each takes its share of every limit. With Redis
   * they share the limits, and this says how many go on with a part of them when it cannot be reached.
   */
  readonly share?: ProcessShare;
  /** Anything of `createRouter` that is not for a file: clock, randomness, filters, a catalog instead of the built-in one. */
  readonly router?: Pick<CreateRouterOptions, "clock" | "random" | "filters" | "catalog" | "tokenEstimator">;
}

/** A router, and what else its file says. */
export interface YamlRouter {
  readonly router: Router;
  /** What the file said when it was last taken over. */
  readonly config: ParsedConfig;
  /** The files that it was read from: the main one, included ones and strategies' modules, by path. */
  readonly sources: ReadonlyMap<string, string>;
  /** What is odd about the file, each with its place where it has one. */
  readonly issues: readonly ConfigIssue[];
  /** The same as lines, those that say the same in one. */
  readonly warnings: readonly string[];
  /** Those of the warnings that are about deployments which nothing here can call: their mode or provider is not served. */
  readonly unserved: readonly string[];
  /** What callbacks serve over HTTP, e.g. `/metrics`. */
  readonly routes: readonly ExtraRoute[];
  /**
   * Takes over a changed configuration as a whole; deployments with the same settings keep their state, calls in
   * progress go on as they began.
   * @param source - @defaultValue the one the router was made from, read again
   * @returns what cannot change before the next start, in sentences
   * @throws `ConfigError` or `invalid_option`, and then nothing has changed
   */
  reload(source?: Source): Promise<readonly string[]>;
  /** Takes over changes of the file, of what it includes and of strategies' modules, until it is told to stop. */
  watch(options?: WatchOptions): () => void;
  /** Closes router, callbacks, caches and connections. */
  close(): Promise<void>;
}

/**
 * A router as LiteLLM's YAML says, with everything built in.
 * @param source - the text, or where it is
 * @throws `ConfigError` with everything that is wrong, each with its place; `invalid_option`
 */
export async function routerFromYaml(source: Source, options: FromYamlOptions = {}): Promise<YamlRouter> {
  const { lastGood, logger = consoleLogger } = options;
  if (lastGood === undefined) return build(source, options, undefined);
  try {
    return await build(source, options, undefined);
  } catch (error) {
    if (!RouterError.isInstance(error) || error.kind !== "invalid_option") throw error;
    logger.error({ error: error.message }, "the files cannot be used now: the last ones that worked are served");
    return build(source, options, lastGood);
  }
}

function passes(): void {
  // Nothing is wrong with the deployment.
}

async function build(
  source: Source,
  options: FromYamlOptions,
  lastGood: ReadonlyMap<string, string> | undefined,
): Promise<YamlRouter> {
  const extra = options.providers ?? [];
  const providers = [
    // Variables are read with the file, from the environment that goes with it.
    ...builtInProviders({ env: {} }).filter((provider) => !extra.some((other) => other.name === provider.name)),
    ...extra,
  ];
  const { logger = consoleLogger, env = process.env, lenient = false, strict = false, includeFrom = [] } = options;
  const { offline = false, assumeEnvironment = false, readChanges } = options;
  if (readChanges !== undefined && (extra.length > 0 || options.router !== undefined))
    throw invalidOption("readChanges", "providers and router cannot be sent to another process.", "Omit it or them.");
  if (lenient && strict) throw invalidOption("strict", "strict and lenient exclude each other.", "Give one of them.");
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
    probe,
  });
  let sources = files.texts;
  const started = config;
  const given = typeof options.callbacks === "function" ? options.callbacks(config) : (options.callbacks ?? []);
  const named = await callbacksOf(config, { env, clock, lenient, assumeEnvironment }).catch((thrown: unknown) => {
    throw withOthers(placedError(thrown, config), config, { probe });
  });
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
    ({ made: router, config, warnings: skipped } = withoutInvalid(config, create, probe));
    if (strict) refuseWarnings([...skipped, ...named.warnings, ...warningsOf(router)]);
  } catch (thrown) {
    await shared.close();
    await Promise.all(named.callbacks.map(async (callback) => callback.close?.()));
    throw thrown;
  }
  /** The router tells of its own warnings itself. */
  const tell = (): void => {
    for (const warning of [...formatIssues(config.warnings), ...skipped.map(formatIssue)]) logger.warn({}, warning);
  };
  tell();
  for (const warning of named.warnings) logger.warn({}, formatIssue(warning));

  const readAgain = async (from: Source): Promise<LoadedConfig & Pick<ReadElsewhere, "skipped">> => {
    let read: ReadElsewhere;
    if (readChanges === undefined) {
      files = new SourceFiles();
      read = readHere(from);
    } else {
      // If nothing comes back, the files count as seen: they are read again when they change, not over and over.
      files = await files.unread();
      const reply = await readChanges({ ...reading, env: { ...env }, source: from });
      files = new SourceFiles(undefined, reply.files);
      read = resultOf(reply);
    }
    const context = { files, before: strategies, lenient };
    // What was read elsewhere has been probed there.
    const loaded = await loadStrategiesOf(read, from, {
      ...context,
      probe: readChanges === undefined ? probe : passes,
    });
    return { ...loaded, skipped: read.skipped };
  };
  const reload = async (from: Source): Promise<readonly string[]> => {
    const next = await readAgain(from);
    if (strict && readChanges === undefined) {
      const { made, warnings } = withoutInvalid(next.config, create, probe);
      refuseWarnings([...warnings, ...made.warnings.map((warning) => placedWarning(warning, next.config))]);
    }
    const update = (changed: RouterConfig): void => {
      const { strategy, groupStrategies } = next.strategies;
      router.update({ config: ownPart(changed), strategy, groupStrategies });
    };
    const updated = withoutInvalid(next.config, update, probe);
    ({ config } = updated);
    skipped = [...next.skipped, ...updated.warnings];
    ({ strategies, unserved } = next);
    sources = files.texts;
    tell();
    return fixedSettings(started, config);
  };
  // One after the other, so that an older text never wins over a newer one.
  let turn: Promise<unknown> = Promise.resolve();
  const reloadInTurn = (from: Source): Promise<readonly string[]> => {
    const result = turn.then(() => reload(from));
    turn = result.catch(() => undefined);
    return result;
  };
  /** What shows only when the router is built. */
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
