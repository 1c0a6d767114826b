import { randomUUID } from "node:crypto";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { describeCache, describeSharedState } from "@modelyard/testing/conformance";
import { afterAll, describe } from "vitest";
import { redisCache, type RedisConnection, redisConnection } from "./index.js";
import { openState } from "./test/open-state.js";

const url = redisForTests();

describe.skipIf(url === undefined)("on Redis", () => {
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

  describeSharedState("redisState", { create: () => openState({ url: url ?? "", commandMs: 2_000 }) });
});
