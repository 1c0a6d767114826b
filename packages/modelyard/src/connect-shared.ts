import { memoryCache } from "@modelyard/cache-memory";
import type { ParsedConfig, RedisSettings } from "@modelyard/config-yaml";
import type { Cache, Logger, SharedState } from "@modelyard/core";
import { loadRedis } from "./redis-package.js";
import { ReplaceableCache } from "./replaceable-cache.js";

/** The response cache, and the state that processes share. */
export interface Shared {
  readonly cache: Cache | undefined;
  readonly state: SharedState | undefined;
  /** Uses another cache from now on, if the cache is a module of the file. */
  replaceCache?(next: Cache): Promise<void>;
  close(): Promise<void>;
}

/** How long startup waits for Redis before it continues with local limits, in milliseconds. */
const redisReadyMs = 400;

function localCache(asked: NonNullable<ParsedConfig["cache"]>): Cache {
  if (asked.type === "custom") return memoryCache();
  const { maxEntries, maxBytes } = asked;
  return memoryCache({
    ...(maxEntries === undefined ? {} : { maxEntries }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
}

export interface ConnectSharedOptions {
  readonly logger: Logger;
  /** How many processes of this machine serve the configuration, if known. */
  readonly processes: number | undefined;
  /** The cache that is a module of the file. */
  readonly loaded: Cache | undefined;
}

/** Opens the caches and connections that a configuration asks for. */
export async function connectShared(
  { cache: asked, redis }: ParsedConfig,
  { logger, processes, loaded }: ConnectSharedOptions,
): Promise<Shared> {
  const replaceable = loaded === undefined ? undefined : new ReplaceableCache(loaded);
  const isLocal = asked?.type === "local" || (asked !== undefined && redis === undefined);
  const own = replaceable ?? (isLocal ? localCache(asked) : undefined);
  const replacing = replaceable === undefined ? {} : { replaceCache: (next: Cache) => replaceable.replace(next) };
  if (redis === undefined) return { ...replacing, cache: own, state: undefined, close: async () => own?.close() };
  const { redisCache, redisConnection, redisState } = await loadRedis();
  const connection = redisConnection({ ...(redis satisfies RedisSettings), logger });
  await connection.ready(redisReadyMs);
  const state = redisState(connection, processes === undefined ? {} : { leastProcesses: processes });
  const cache = own ?? (asked === undefined ? undefined : redisCache(connection));
  return {
    ...replacing,
    cache,
    state,
    close: async () => {
      await cache?.close();
      await state.close();
      await connection.close();
    },
  };
}

/**
 * Replaces {@link connectShared} for a router that is only inspected: it does not connect to anything.
 * @param loaded - the cache that is a module of the file, which is not used
 */
export function connectNothing({ cache: asked }: ParsedConfig, loaded?: Cache): Shared {
  const cache = asked === undefined ? undefined : localCache(asked);
  return {
    cache,
    state: undefined,
    close: async () => {
      await cache?.close();
      await loaded?.close();
    },
  };
}
