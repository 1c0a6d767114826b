import { systemClock } from "@modelyard/core/kit";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { type RedisSentinels, startSentinels } from "@modelyard/repo-tests/redis-sentinel";
import { createRouter } from "@modelyard/router";
import { scriptedProvider } from "@modelyard/testing";
import { describeSharedState } from "@modelyard/testing/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openState } from "./support/open-state.js";
import { type RedisConnection, redisConnection, redisState } from "../src/index.js";

const present = redisForTests() !== undefined;

describe.skipIf(!present)("redisState through Sentinels", () => {
  let redis: RedisSentinels;
  const connections: RedisConnection[] = [];
  let made = 0;
  const connect = async (commandMs: number): Promise<RedisConnection> => {
    made += 1;
    const connection = redisConnection({
      sentinels: redis.sentinels.map(({ host, port }) => ({ host, port })),
      masterName: redis.masterName,
      namespace: `sentinel-${String(made)}`,
      commandMs,
    });
    connections.push(connection);
    expect(await connection.ready(10_000)).toBe(true);
    return connection;
  };
  beforeAll(async () => {
    redis = await startSentinels();
  }, 30_000);
  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await redis.stop();
  });

  describeSharedState("redisState", {
    create: () => openState({ sentinels: redis.sentinels, masterName: redis.masterName, commandMs: 2_000 }),
  });

  it("fails no call when the master dies, and shares limits again on the new master", async () => {
    const connection = await connect(40);
    const state = redisState(connection);
    const provider = scriptedProvider({ clock: systemClock });
    const router = createRouter({
      providers: [provider],
      sharedState: state,
      modelList: [{ id: "d", modelName: "m", model: "openai/x", rpm: 100_000, maxParallelRequests: 100 }],
    });
    const ask = async () => router.completion({ model: "m", messages: [] });
    await ask();
    redis.master.kill();
    const back = new Promise<void>((resolve) => {
      state.onAvailability((available) => {
        if (available) resolve();
      });
    });
    for (let round = 0; round < 20; round += 1) await Promise.all([ask(), ask(), ask()]);
    expect(state.available).toBe(false);
    await back;
    await ask();
    const limits = [{ name: "parallel", kind: "slots", limit: 100 } as const];
    await expect.poll(async () => state.used({ deploymentId: "d", limits, now: 0 })).toEqual([0]);
    await router.close();
    await state.close();
  }, 40_000);
});
