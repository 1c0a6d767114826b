import { redisForTests, type RedisProcess, startRedis } from "@modelyard/repo-tests/redis";
import { startRespProxy } from "@modelyard/repo-tests/resp-proxy";
import { afterEach, describe, expect, it } from "vitest";
import { redisConnection, redisState } from "../src/index.js";

describe.skipIf(redisForTests() === undefined)("a process whose subscription does not work", () => {
  const started: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of started.splice(0).toReversed()) await stop();
  });

  it("learns of cooldowns by polling", async () => {
    const redis: RedisProcess = await startRedis();
    started.push(() => redis.stop());
    const proxy = await startRespProxy(redis.port);
    started.push(() => proxy.stop());
    proxy.fate = ([word = ""]) => (word.toLowerCase() === "subscribe" ? { copies: 0 } : {});
    const stateAt = async (url: string) => {
      const connection = redisConnection({ url });
      const state = redisState(connection);
      started.push(async () => {
        await state.close();
        await connection.close();
      });
      expect(await connection.ready(5_000)).toBe(true);
      return state;
    };
    const deaf = await stateAt(proxy.url);
    const reported: string[] = [];
    deaf.onCooldown(({ deploymentId, reason }) => {
      reported.push(`${deploymentId} ${reason}`);
    });
    const other = await stateAt(redis.url);
    await other.startCooldown({ deploymentId: "a", until: Date.now() + 60_000, reason: "internal_server" }, Date.now());
    await expect.poll(() => reported, { timeout: 10_000 }).toContain("a internal_server");
  });
});
