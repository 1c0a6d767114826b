import { randomUUID } from "node:crypto";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { describeCache, describeSharedState } from "@modelyard/testing/conformance";
import { afterAll, describe, expect, it } from "vitest";
import { redisCache, type RedisConnection, redisConnection } from "../src/index.js";
import { openState } from "./support/open-state.js";

const url = redisForTests();

describe.skipIf(url === undefined)("a single Redis", () => {
  const connections: RedisConnection[] = [];
  afterAll(() => Promise.all(connections.map((connection) => connection.close())));

  describeCache("redisCache", {
    create: async () => {
      const connection = redisConnection({ url: url ?? "", namespace: `test-${randomUUID()}`, commandMs: 2_000 });
      connections.push(connection);
      await connection.ready(5_000);
      return redisCache(connection);
    },
    advance: (ms) =>
      new Promise((resolve) => {
        setTimeout(resolve, ms);
      }),
  });

  it("does not cache a value longer than 4 Mi characters, and deletes the one it would have replaced", async () => {
    const connection = redisConnection({ url: url ?? "", namespace: `test-${randomUUID()}`, commandMs: 2_000 });
    connections.push(connection);
    await connection.ready(5_000);
    const cache = redisCache(connection);
    const longest = "x".repeat(4 * 1024 * 1024);
    await cache.set("key", longest, 60_000);
    expect(await cache.get("key")).toBe(longest);
    await cache.set("key", `${longest}x`, 60_000);
    expect(await cache.get("key")).toBeUndefined();
  });

  describeSharedState("redisState", { create: () => openState({ url: url ?? "", commandMs: 2_000 }) });
});
