import type * as redis from "@modelyard/cache-redis";

/** Imported only if a file configures Redis, so that other programs never load a Redis client. */
export function loadRedis(): Promise<typeof redis> {
  return import("@modelyard/cache-redis");
}
