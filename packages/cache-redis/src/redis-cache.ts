import type { Cache } from "@modelyard/core";
import { checkConnection } from "./check-connection.js";
import { BadReplyError } from "./errors.js";
import { RedisConnection, type RedisConnectionOptions } from "./connection.js";

/** Longest ttl to send to Redis, in milliseconds: a century. */
const longestTtlMs = 3_155_760_000_000;

/**
 * Longest value that is stored, in characters. A longer one would delay the other commands of the connection, limits
 * among them, for so long that Redis would count as unavailable.
 */
const longestValue = 4 * 1024 * 1024;

/** The same in bytes: a character has at most three. */
const longestBytes = 12 * 1024 * 1024;

/** @throws `BadReplyError` */
function readText(reply: unknown): string | undefined {
  if (reply === null || typeof reply === "string") return reply ?? undefined;
  throw new BadReplyError("something other than a cached answer");
}

function keyIn(redis: RedisConnection, key: string): string {
  return `${redis.prefix}:cache:${key}`;
}

function read(redis: RedisConnection, key: string): Promise<string | undefined> {
  return redis.run({ name: "cached", keys: [keyIn(redis, key)], args: [longestBytes] }, readText);
}

/**
 * Creates a store for what processes share beside answers. It differs from a cache in one point: if Redis fails, a read
 * rejects, since its reader must not conclude that there is nothing.
 */
export function redisMemory(connection: RedisConnection): Cache {
  return { ...redisCache(connection), get: (key) => read(connection, key) };
}

/**
 * Creates a response cache that many processes share. If Redis fails, a read is a miss and a write is skipped, after at
 * most `commandMs`.
 * @throws `invalid_option`
 */
export function redisCache(connection: RedisConnection | RedisConnectionOptions): Cache {
  const owned = !(connection instanceof RedisConnection);
  if (owned) checkConnection(connection, "redisCache");
  const redis = owned ? new RedisConnection(connection) : connection;
  const keyOf = (key: string): string => keyIn(redis, key);
  const drop = async (key: string): Promise<void> => {
    try {
      await redis.command(keyOf(key), (client) => client.del(keyOf(key)), { background: true });
    } catch {
      // The entry will expire by its ttl.
    }
  };
  return {
    name: "redis",
    async get(key) {
      try {
        return await read(redis, key);
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
        // A lost write costs one more call of a vendor later, whereas an error would fail this call.
      }
      return undefined;
    },
    delete: drop,
    async close() {
      if (owned) await redis.close();
    },
  };
}
