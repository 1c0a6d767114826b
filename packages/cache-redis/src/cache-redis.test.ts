import { randomUUID } from "node:crypto";
import { redisForTests, type RedisProcess, startRedis } from "@modelyard/repo-tests/redis";
import { createRouter } from "@modelyard/router";
import { answers, scriptedProvider } from "@modelyard/testing";
import { systemClock } from "@modelyard/core";
import { describeCache, describeSharedState } from "@modelyard/testing/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisCache, type RedisConnection, redisConnection, redisState } from "./index.js";

const url = redisForTests();

describe.skipIf(url === undefined)("on Redis", () => {
  const connections: RedisConnection[] = [];
  const connect = async (): Promise<RedisConnection> => {
    const connection = redisConnection({ url: url!, namespace: `test-${randomUUID()}`, commandMs: 1_000 });
    connections.push(connection);
    expect(await connection.ready(5_000)).toBe(true);
    return connection;
  };
  afterAll(() => Promise.all(connections.map((connection) => connection.close())));

  describeCache("redisCache", {
    create: async () => redisCache(await connect()),
    advance: (ms) =>
      new Promise((resolve) => {
        setTimeout(resolve, ms);
      }),
  });

  describeSharedState("redisState", { create: async () => redisState(await connect(), { time: "caller" }) });

  it("puts a ttl on every key", async () => {
    const connection = await connect();
    const state = redisState(connection);
    await redisCache(connection).set("k", "v", 60_000);
    await state.reserve({
      deploymentId: "d",
      reservationId: "r",
      ttlMs: 60_000,
      now: 0,
      amounts: [1, 5, 1],
      limits: [
        { name: "rpm", kind: "window", limit: 5, windowMs: 60_000 },
        { name: "tpm", kind: "bucket", limit: 50, windowMs: 60_000, burst: 10 },
        { name: "parallel", kind: "slots", limit: 2 },
      ],
    });
    await state.bench({ deploymentId: "d", until: Date.now() + 5_000, reason: "timeout" }, 0);
    await state.increment("c", 1, 60_000, 0);
    const ttls = await connection.command("", async (client) => {
      const keys = await client.keys(`${connection.prefix}:*`);
      return Promise.all(keys.map(async (key) => [key, await client.pttl(key)] as const));
    });
    expect(ttls.length).toBeGreaterThanOrEqual(7);
    expect(ttls.filter(([, ttl]) => ttl <= 0)).toEqual([]);
    await state.close();
  });

  it("admits exactly rpm calls over two routers that share it", async () => {
    const connection = await connect();
    const provider = scriptedProvider({ clock: systemClock });
    provider.script("*", answers("hi"));
    const make = () =>
      createRouter({
        providers: [provider],
        numRetries: 0,
        sharedState: redisState(connection),
        modelList: [{ id: "d", modelName: "gpt-4", model: "openai/x", rpm: 7 }],
        limitAlgorithm: "window",
      });
    const routers = [make(), make()];
    const results = await Promise.allSettled(
      Array.from({ length: 70 }, (_, index) => routers[index % 2]!.completion({ model: "gpt-4", messages: [] })),
    );
    const served = results.filter((result) => result.status === "fulfilled").length;
    // A minute may end on the way: then each of the two admits its own seven.
    expect([7, 14]).toContain(served);
    expect(provider.calls).toHaveLength(served);
  });
});

describe.skipIf(url === undefined)("when Redis goes away", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it("goes on with local limits, adds at most the command limit once, and comes back", async () => {
    const connection = redisConnection({ url: redis.url });
    await connection.ready(5_000);
    const state = redisState(connection);
    const provider = scriptedProvider({ clock: systemClock });
    const router = createRouter({
      providers: [provider],
      sharedState: state,
      modelList: [{ id: "d", modelName: "gpt-4", model: "openai/x", rpm: 1_000 }],
    });
    const ask = () => router.completion({ model: "gpt-4", messages: [] });
    await ask();
    expect(router.state().shared).toEqual({ name: "redis", available: true });
    redis.pause();
    const answered = await Promise.all(Array.from({ length: 20 }, ask));
    expect(answered).toHaveLength(20);
    expect(state.available).toBe(false);
    const back = new Promise<void>((resolve) => {
      state.onAvailability((available) => {
        if (available) resolve();
      });
    });
    redis.resume();
    await back;
    expect((await ask()).choices).toHaveLength(1);
    redis.kill();
    expect(await Promise.all(Array.from({ length: 20 }, ask))).toHaveLength(20);
    await router.close();
    await state.close();
    await connection.close();
  });
});
