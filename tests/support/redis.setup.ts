import type { TestProject } from "vitest/node";
import { findRedis, type RedisProcess, startRedis } from "./redis-server.js";

/** Provides the URL of one Redis for all tests: REDIS_URL, or a server that is started for this run. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env["REDIS_URL"];
  if (given !== undefined) {
    project.provide("redisUrl", given);
    return undefined;
  }
  if (findRedis() === undefined) {
    const message = "There is no Redis: set REDIS_URL or REDIS_SERVER, or install redis-server.";
    if (process.env["REQUIRE_REDIS"] === "1") throw new Error(message);
    console.warn(`\n*** ${message} Tests that need it are SKIPPED. ***\n`);
    project.provide("redisUrl", undefined);
    return undefined;
  }
  const redis: RedisProcess = await startRedis();
  project.provide("redisUrl", redis.url);
  return () => redis.stop();
}
