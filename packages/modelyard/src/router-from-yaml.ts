import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { memoryCache } from "@modelyard/cache-memory";
import {
  ConfigError,
  type ConfigIssue,
  parseConfig,
  type ParsedConfig,
  type RedisSettings,
} from "@modelyard/config-yaml";
import {
  type Cache,
  type Callback,
  invalidOption,
  type Logger,
  type Provider,
  RouterError,
  type SharedState,
  silentLogger,
  systemClock,
} from "@modelyard/core";
import { createRouter, type CreateRouterOptions, type Router } from "@modelyard/router";
import type { ExtraRoute } from "@modelyard/gateway";
import { priceCatalogue } from "./price-catalogue.js";
import { loadStrategies } from "./load-strategy.js";
import { callbacksOf, metricsRoutes } from "./callbacks.js";
import { builtInProviders, variablesOf } from "./registry.js";

export interface FromYamlOptions {
  /** @defaultValue the process' */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Turns errors into warnings wherever a meaning is left. @defaultValue false */
  readonly lenient?: boolean;
  /** Besides the built-in ones; one of the same name takes its place. */
  readonly providers?: readonly Provider[];
  /** Besides those the file names. */
  readonly callbacks?: readonly Callback[];
  readonly logger?: Logger;
  /** Anything of `createRouter` that is not for a file: clock, randomness, filters, a catalogue instead of the built-in one. */
  readonly router?: Pick<CreateRouterOptions, "clock" | "random" | "filters" | "catalogue" | "tokenEstimator">;
}

/** A router, and what else its file says. */
export interface YamlRouter {
  readonly router: Router;
  readonly config: ParsedConfig;
  /** What is odd, as sentences with their place where there is one. */
  readonly warnings: readonly string[];
  /** What callbacks serve over HTTP, e.g. `/metrics`. */
  readonly routes: readonly ExtraRoute[];
  /**
   * Takes over a changed file as a whole; deployments with the same settings keep their state.
   * @throws {@link ConfigError} or `invalid_option`, and then nothing has changed
   */
  reload(source: string | { readonly file: string }): Promise<void>;
  /** Closes router, callbacks, caches and connections. */
  close(): Promise<void>;
}

interface Source {
  readonly text: string;
  readonly file: string;
  readonly folder: string;
}

function readSource(source: string | { readonly file: string }): Source {
  if (typeof source === "string") return { text: source, file: "config.yaml", folder: process.cwd() };
  const path = resolve(source.file);
  try {
    return { text: readFileSync(path, "utf8"), file: source.file, folder: dirname(path) };
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    throw invalidOption(
      source.file,
      code === "ENOENT" ? "there is no such file." : `it cannot be read (${String(code)}).`,
      "Check the path.",
    );
  }
}

function parse(source: Source, options: FromYamlOptions, providers: readonly Provider[]): ParsedConfig {
  return parseConfig(source.text, {
    env: options.env ?? process.env,
    file: source.file,
    lenient: options.lenient ?? false,
    readFile: (path) => readFileSync(resolve(source.folder, path), "utf8"),
    providerVariables: variablesOf(providers),
  });
}

/** `modelList[2].rpm` as it is written in the file. */
function filePath(path: string, config: ParsedConfig): ConfigIssue | undefined {
  const index = /^modelList\[(?<index>\d+)\]/u.exec(path)?.groups?.["index"];
  const keys = index === undefined ? ["router_settings"] : ["model_list", Number(index), "litellm_params"];
  const place = config.sourceOf(keys);
  return place.line === 0 ? undefined : { path: keys.join("."), message: "", ...place };
}

/** Errors that only show when the router is built get the place in the file that caused them. */
function placed(thrown: unknown, config: ParsedConfig): unknown {
  if (!RouterError.isInstance(thrown) || thrown.kind !== "invalid_option" || thrown instanceof ConfigError)
    return thrown;
  const place = filePath(thrown.param ?? "", config);
  if (place === undefined) return thrown;
  return new ConfigError([{ ...place, path: "", message: thrown.message }]);
}

interface Shared {
  readonly cache: Cache | undefined;
  readonly state: SharedState | undefined;
  close(): Promise<void>;
}

/** How long a start waits for Redis before it goes on with local limits, in milliseconds. */
const redisReadyMs = 400;

async function connect(config: ParsedConfig, logger: Logger): Promise<Shared> {
  const local = config.cache?.type === "local" ? memoryCache(given(config.cache)) : undefined;
  if (config.redis === undefined) {
    const cache = local ?? (config.cache === undefined ? undefined : memoryCache(given(config.cache)));
    return { cache, state: undefined, close: async () => cache?.close() };
  }
  const { redisCache, redisConnection, redisState } = await import("@modelyard/cache-redis");
  const connection = redisConnection({ ...(config.redis satisfies RedisSettings), logger });
  await connection.ready(redisReadyMs);
  const state = redisState(connection);
  const cache = local ?? (config.cache === undefined ? undefined : redisCache(connection));
  return {
    cache,
    state,
    close: async () => {
      await cache?.close();
      await state.close();
      await connection.close();
    },
  };
}

function given(cache: NonNullable<ParsedConfig["cache"]>) {
  return {
    ...(cache.maxEntries === undefined ? {} : { maxEntries: cache.maxEntries }),
    ...(cache.maxBytes === undefined ? {} : { maxBytes: cache.maxBytes }),
  };
}

/**
 * A router as LiteLLM's YAML says, with everything built in.
 * @param source - the text, or where it is
 * @throws {@link ConfigError} with everything that is wrong, each with its place; `invalid_option`
 */
export async function routerFromYaml(
  source: string | { readonly file: string },
  options: FromYamlOptions = {},
): Promise<YamlRouter> {
  const extra = options.providers ?? [];
  const providers = [
    ...builtInProviders().filter((provider) => !extra.some((other) => other.name === provider.name)),
    ...extra,
  ];
  const read = readSource(source);
  const config = parse(read, options, providers);
  const { logger = silentLogger } = options;
  const strategies = await loadStrategies(config, read.folder);
  const named = await callbacksOf(config, {
    env: options.env ?? process.env,
    clock: options.router?.clock ?? systemClock,
    lenient: options.lenient ?? false,
  });
  const callbacks = [...named.callbacks, ...(options.callbacks ?? [])];
  const catalogue = options.router?.catalogue ?? (await priceCatalogue());
  const shared = await connect(config, logger);
  let router: Router;
  try {
    router = createRouter({
      ...config.router,
      ...strategies,
      ...options.router,
      catalogue,
      providers,
      callbacks,
      logger,
      ...(shared.cache === undefined ? {} : { responseCache: shared.cache }),
      ...(shared.state === undefined ? {} : { sharedState: shared.state }),
    });
  } catch (thrown) {
    await shared.close();
    await Promise.all(named.callbacks.map(async (callback) => callback.close?.()));
    throw placed(thrown, config);
  }
  return {
    router,
    config,
    warnings: [
      ...config.warnings.map(
        (issue) => `${issue.file}:${String(issue.line)}:${String(issue.column)} ${issue.path}: ${issue.message}`,
      ),
      ...named.warnings,
      ...router.warnings,
    ],
    routes: metricsRoutes(callbacks, config.proxy.requireAuthForMetrics),
    reload: async (next) => {
      const changed = readSource(next);
      const parsed = parse(changed, options, providers);
      try {
        router.update({ config: parsed.router, ...(await loadStrategies(parsed, changed.folder)) });
      } catch (thrown) {
        throw placed(thrown, parsed);
      }
    },
    close: async () => {
      await router.close();
      await shared.close();
    },
  };
}
