import { type ConfigIssue, formatIssue, formatIssues } from "@modelyard/config-yaml";
import { type Provider, type RouterConfig, RouterError, consoleLogger } from "@modelyard/core";
import { invalidOption, systemClock } from "@modelyard/core/kit";
import { createRouter, type Router } from "@modelyard/router";
import { callbacksOf, metricsRoutes } from "./callbacks.js";
import { connectNothing, connectShared } from "./connect-shared.js";
import { divideLimits } from "./divide-limits.js";
import { fixedSettings } from "./fixed-settings.js";
import type { FromYamlOptions, YamlRouter } from "./from-yaml-options.js";
import { allProviders, type LoadedConfig, loadPartsOf, moduleContext, readConfig } from "./load-config.js";
import { closeUnused, idleCallbacks, loadProviders, withCatalogIds } from "./load-parts.js";
import { placedError, placedWarning } from "./placed.js";
import { priceCatalog } from "./price-catalog.js";
import { proberOf, type ReadElsewhere, resultOf } from "./read-elsewhere.js";
import type { Source } from "./read-source.js";
import { builtInProviders } from "./registry.js";
import { SourceFiles } from "./source-files.js";
import { tryOut } from "./try-out.js";
import { watchSource } from "./watch-source.js";
import { withOthers } from "./with-others.js";
import { withoutInvalid } from "./without-invalid.js";

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
  // Their environment is empty, because the parser fills in variables, from the environment that was passed.
  const known = { builtIn: builtInProviders({ env: {} }), extra: options.providers ?? [] };
  const { logger = consoleLogger, env = process.env, lenient = false, strict = false, includeFrom = [] } = options;
  const { offline = false, assumeEnvironment = false, readChanges } = options;
  if (readChanges !== undefined && (known.extra.length > 0 || options.router !== undefined))
    throw invalidOption(
      "readChanges",
      "providers and router cannot be sent to another process.",
      "Omit readChanges, or omit these.",
    );
  if (lenient && strict)
    throw invalidOption("strict", "strict and lenient cannot be combined.", "Set only one of them.");
  const clock = options.router?.clock ?? systemClock;
  const reading = { env, lenient, strict, assumeEnvironment, includeFrom };
  let files = new SourceFiles(lastGood);
  const read = await readConfig(source, files, { ...reading, providers: known });
  const probe = proberOf(allProviders(known, read.providers));
  const loading = { lenient, strict, includeFrom };
  let current = await loadPartsOf(read, source, { ...loading, files, before: undefined, probe });
  let { config } = current;
  const started = config;
  const catalog =
    options.router?.catalog ??
    withCatalogIds(await priceCatalog(clock, [...known.extra, ...known.builtIn]), () => current.providers);
  let sources = files.texts;
  const given = typeof options.callbacks === "function" ? options.callbacks(config) : (options.callbacks ?? []);
  const named = await callbacksOf(config, { env, clock, lenient, assumeEnvironment }).catch(async (thrown: unknown) => {
    await closeUnused(current);
    throw withOthers(placedError(thrown, config), config, { probe, also: strict ? config.warnings : [] });
  });
  const closeParts = async (): Promise<void> => {
    await Promise.all(named.callbacks.map(async (callback) => callback.close?.()));
    await closeUnused(current);
  };
  const partsOf = ({ providers, callbacks, strategies }: LoadedConfig) => ({
    strategy: strategies.strategy,
    groupStrategies: strategies.groupStrategies,
    providers: allProviders(known, providers),
    callbacks: [...named.callbacks, ...[...callbacks.values()].map(({ received }) => received), ...given],
  });
  const idle = idleCallbacks(config, current.callbacks);
  try {
    // Before anything connects.
    const parts = { strategies: current.strategies, providers: partsOf(current).providers };
    if (strict) tryOut(config, { ...parts, catalog, probe, strict, also: [...named.warnings, ...idle] });
  } catch (thrown) {
    await closeParts();
    throw thrown;
  }
  const { share } = options;
  const shared = offline
    ? connectNothing(config, current.cache?.part)
    : await connectShared(config, { logger, processes: share?.of, loaded: current.cache?.part });
  const ownPart = (whole: RouterConfig): RouterConfig =>
    share === undefined || started.redis !== undefined ? whole : divideLimits(whole, share);
  const create = (router: RouterConfig): Router =>
    createRouter({
      ...ownPart(router),
      ...partsOf(current),
      ...options.router,
      catalog,
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
    await closeParts();
    throw thrown;
  }
  /** Logs the warnings about the file. The router logs its own. */
  const logWarnings = (): void => {
    for (const warning of [...formatIssues(config.warnings), ...skipped.map(formatIssue)]) logger.warn({}, warning);
  };
  logWarnings();
  for (const warning of [...named.warnings, ...idle]) logger.warn({}, formatIssue(warning));

  const readAgain = async (from: Source): Promise<LoadedConfig & Pick<ReadElsewhere, "skipped">> => {
    const before = current;
    if (readChanges === undefined) {
      files = new SourceFiles();
      const again = await readConfig(from, files, { ...reading, providers: known }, before.providers);
      const nowProbe = proberOf(allProviders(known, again.providers));
      return { ...(await loadPartsOf(again, from, { ...loading, files, before, probe: nowProbe })), skipped: [] };
    }
    // Recorded first, so that if the process fails, the files are read again only once they change.
    files = await files.unread();
    const reply = await readChanges({ ...reading, env: { ...env }, source: from });
    files = new SourceFiles(undefined, reply.files);
    const elsewhere = resultOf(reply);
    const providers = await loadProviders(elsewhere.config, moduleContext(from, files, includeFrom), before.providers);
    const again = { ...elsewhere, providers };
    return {
      ...(await loadPartsOf(again, from, { ...loading, files, before, probe: skipProbe })),
      skipped: elsewhere.skipped,
    };
  };
  /** Replaced providers, which running calls may still use. */
  const retired = new Set<Provider>();
  const reload = async (from: Source): Promise<readonly string[]> => {
    const next = await readAgain(from);
    const before = current;
    try {
      const { strategies } = next;
      const { providers } = partsOf(next);
      const nowProbe = proberOf(providers);
      if (strict && readChanges === undefined)
        tryOut(next.config, { strategies, providers, catalog, probe: nowProbe, strict });
      // The catalog needs the new providers.
      current = next;
      const update = (changed: RouterConfig): void => {
        router.update({ config: ownPart(changed), ...partsOf(next) });
      };
      const updated = withoutInvalid(next.config, update, nowProbe);
      ({ config } = updated);
      skipped = [...next.skipped, ...updated.warnings];
    } catch (thrown) {
      current = before;
      await closeUnused(next, before);
      throw thrown;
    }
    if (next.cache !== undefined) await shared.replaceCache?.(next.cache.part);
    for (const { part } of before.providers.values()) retired.add(part);
    for (const { part } of next.providers.values()) retired.delete(part);
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
  const later = (): readonly ConfigIssue[] => [
    ...named.warnings,
    ...idleCallbacks(config, current.callbacks),
    ...skipped,
    ...warningsOf(router),
  ];
  const watchers = new Set<() => void>();
  return {
    router,
    get config() {
      return config;
    },
    get providers() {
      return partsOf(current).providers;
    },
    get unserved() {
      return current.unserved.map(formatIssue);
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
    routes: metricsRoutes(partsOf(current).callbacks, config.proxy.requireAuthForMetrics),
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
      await Promise.allSettled([...retired].map(async (provider) => provider.close?.()));
    },
  };
}
