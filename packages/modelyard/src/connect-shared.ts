import { memoryCache } from "@modelyard/cache-memory";
import type { ParsedConfig, RedisSettings } from "@modelyard/config-yaml";
import type { Cache, Logger, SharedState } from "@modelyard/core";

/** The response cache, and the state that processes share. */
export interface Shared {
  readonly cache: Cache | undefined;
  readonly state: SharedState | undefined;
  close(): Promise<void>;
}

/** How long startup waits for Redis before it continues with local limits, in milliseconds. */
const redisReadyMs = 400;

function localCache({ maxEntries, maxBytes }: NonNullable<ParsedConfig["cache"]>): Cache {
  return memoryCache({
    ...(maxEntries === undefined ? {} : { maxEntries }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
}

export interface ConnectSharedOptions {
  readonly logger: Logger;
  /** How many processes of this machine serve the configuration, if known. */
  readonly processes: number | undefined;
}

/** Opens the caches and connections that a configuration asks for. */
export async function connectShared(
  { cache: asked, redis }: ParsedConfig,
  { logger, processes }: ConnectSharedOptions,
): Promise<Shared> {
  const local = asked?.type === "local" || (asked !== undefined && redis === undefined) ? localCache(asked) : undefined;
  if (redis === undefined) return { cache: local, state: undefined, close: async () => local?.close() };
  const { redisCache, redisConnection, redisState } = await import("@modelyard/cache-redis");
  const connection = redisConnection({ ...(redis satisfies RedisSettings), logger });
  await connection.ready(redisReadyMs);
  const state = redisState(connection, processes === undefined ? {} : { leastProcesses: processes });
  const cache = local ?? (asked === undefined ? undefined : redisCache(connection));
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

/** Replaces {@link connectShared} for a router that is only inspected: it does not connect to anything. */
export function connectNothing({ cache: asked }: ParsedConfig): Shared {
  const cache = asked === undefined ? undefined : localCache(asked);
  return { cache, state: undefined, close: async () => cache?.close() };
}
