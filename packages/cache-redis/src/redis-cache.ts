import type { Cache } from "@modelyard/core";
import { RedisConnection, type RedisConnectionOptions, redisConnection } from "./connection.js";

/** Redis takes no ttl beyond this, in milliseconds: a century. */
const longestTtlMs = 3_155_760_000_000;

/** A response cache that many processes share. A fault of Redis is a miss. */
export function redisCache(connection: RedisConnection | RedisConnectionOptions): Cache {
  const owned = !(connection instanceof RedisConnection);
  const redis = owned ? redisConnection(connection) : connection;
  const keyOf = (key: string): string => `${redis.namespace}:v1:cache:${key}`;
  return {
    name: "redis",
    async get(key) {
      try {
        return (await redis.command((client) => client.get(keyOf(key)))) ?? undefined;
      } catch {
        return undefined;
      }
    },
    async set(key, value, ttlMs) {
      if (ttlMs <= 0) return this.delete(key);
      try {
        await redis.command((client) => client.set(keyOf(key), value, "PX", Math.ceil(Math.min(ttlMs, longestTtlMs))));
      } catch {
        // A write that is forgotten costs one call; an error would cost the caller his answer.
      }
      return undefined;
    },
    async delete(key) {
      try {
        await redis.command((client) => client.del(keyOf(key)));
      } catch {
        // As above: the entry goes by its ttl.
      }
    },
    async close() {
      if (owned) await redis.close();
    },
  };
}
