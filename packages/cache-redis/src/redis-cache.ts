import type { Cache } from "@modelyard/core";
import { checkConnection } from "./check-connection.js";
import { BadReplyError } from "./errors.js";
import { RedisConnection, type RedisConnectionOptions } from "./connection.js";

/** Redis takes no ttl beyond this, in milliseconds: a century. */
const longestTtlMs = 3_155_760_000_000;

/**
 * A longer value is not kept, in characters: on its way it would hold up all other commands of the connection, limits
 * among them, and Redis would count as away.
 */
const longestValue = 4 * 1024 * 1024;

/** The same in bytes: a character is at most three of them. */
const longestBytes = 3 * longestValue;

/** @throws `BadReplyError` */
function readText(reply: unknown): string | undefined {
  if (reply === null || typeof reply === "string") return reply ?? undefined;
  throw new BadReplyError("something else than a cached answer");
}

/** A response cache that many processes share. A fault of Redis is a miss, and costs no more than one command may. @throws `invalid_option` */
export function redisCache(connection: RedisConnection | RedisConnectionOptions): Cache {
  const owned = !(connection instanceof RedisConnection);
  if (owned) checkConnection(connection, "redisCache");
  const redis = owned ? new RedisConnection(connection) : connection;
  const keyOf = (key: string): string => `${redis.prefix}:cache:${key}`;
  const drop = async (key: string): Promise<void> => {
    try {
      await redis.command(keyOf(key), (client) => client.del(keyOf(key)), { background: true });
    } catch {
      // The entry goes by its ttl.
    }
  };
  return {
    name: "redis",
    async get(key) {
      try {
        const args = [longestBytes];
        return await redis.run({ name: "cached", keys: [keyOf(key)], args }, readText);
      } catch {
        return undefined;
      }
    },
    async set(key, value, ttlMs) {
      if (ttlMs <= 0 || value.length > longestValue) return drop(key);
      const ms = Math.ceil(Math.min(ttlMs, longestTtlMs));
      try {
        await redis.command(keyOf(key), (client) => client.set(keyOf(key), value, "PX", ms), { background: true });
      } catch {
        // A write that is forgotten costs one call; an error would cost the caller his answer.
      }
      return undefined;
    },
    delete: drop,
    async close() {
      if (owned) await redis.close();
    },
  };
}
