import { longestWaitMs } from "@modelyard/core/kit";
import { redisForTests, type RedisProcess, startRedis } from "@modelyard/repo-tests/redis";
import { redisCommand } from "@modelyard/repo-tests/redis-commands";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { redisCache, redisConnection, redisState } from "../src/index.js";

const rpm = [{ name: "rpm", kind: "window", limit: 3, windowMs: 60_000 }] as const;
const bucket = [{ name: "rpm", kind: "bucket", limit: 60, windowMs: 60_000, burst: 3 }] as const;
const slots = [{ name: "parallel", kind: "slots", limit: 3 }] as const;

describe.skipIf(redisForTests() === undefined)("values that another program wrote into Redis", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(() => command("FLUSHALL"));

  const command = async (...words: readonly (string | number)[]): Promise<string> =>
    redisCommand(redis.port, ...(words as [string, ...string[]]));
  const withState = async (act: (state: ReturnType<typeof redisState>) => Promise<void>): Promise<void> => {
    const connection = redisConnection({ url: redis.url, commandMs: 2_000 });
    await connection.ready(5_000);
    // Without leases, so that each call reads from Redis.
    const state = redisState(connection, { leases: false });
    try {
      await act(state);
    } finally {
      await state.close();
      await connection.close();
    }
  };
  const cooldowns = "modelyard:v2:{shared}:cooldowns:until";
  const reasons = "modelyard:v2:{shared}:cooldowns:reasons";
  const ttl = async (key: string): Promise<number> => Number((await command("PTTL", key)).slice(1));
  let ids = 0;
  const granted = async (
    state: ReturnType<typeof redisState>,
    limits: typeof rpm | typeof bucket | typeof slots,
  ): Promise<number> => {
    let count = 0;
    for (let index = 0; index < 6; index += 1) {
      ids += 1;
      const request = {
        deploymentId: "d",
        reservationId: `r${String(ids)}`,
        limits,
        amounts: [1],
        ttlMs: 60_000,
        now: 0,
      };
      if ((await state.reserve(request)).granted) count += 1;
    }
    return count;
  };

  it.each(["1e23", "1e300", "+inf", String(Date.now() + 3_155_760_000_000)])(
    "a cooldown until %s is removed, and its key gets a ttl",
    async (until) => {
      await command("ZADD", cooldowns, until, "planted");
      await command("HSET", reasons, "planted", "timeout", "orphan", "timeout");
      await command("ZADD", cooldowns, Date.now() + 60_000, "right");
      await withState(async (state) => {
        const known = await state.cooldowns(0);
        expect(known.map(({ deploymentId }) => deploymentId)).toEqual(["right"]);
        expect(await ttl(cooldowns)).toBeGreaterThan(0);
        expect(await ttl(reasons)).toBeGreaterThan(0);
      });
    },
  );

  it("an impossible cooldown is replaced by a real one, whose key has a ttl", async () => {
    await command("ZADD", cooldowns, "1e300", "d");
    await withState(async (state) => {
      const until = Date.now() + 5_000;
      // The planted cooldown is longer than any real one, so it does not count.
      expect(await state.startCooldown({ deploymentId: "d", until, reason: "timeout" }, Date.now())).toBe(until);
      expect(await ttl(cooldowns)).toBeGreaterThan(0);
      expect(await ttl(cooldowns)).toBeLessThanOrEqual(longestWaitMs + 60_000);
    });
  });

  it.each([1e21, 1e300, Number.POSITIVE_INFINITY])(
    "a cooldown that we set until %d lasts a day, and its key has a ttl",
    async (until) => {
      await withState(async (state) => {
        const now = Date.now();
        expect(await state.startCooldown({ deploymentId: "d", until, reason: "timeout" }, now)).toBeLessThanOrEqual(
          now + longestWaitMs + 60_000,
        );
        expect(await ttl(cooldowns)).toBeGreaterThan(0);
      });
    },
  );

  it("messages with absurd times are bounded, and invalid messages are ignored", async () => {
    await withState(async (state) => {
      const reported: number[] = [];
      state.onCooldown(({ deploymentId, until }) => {
        if (deploymentId === "d") reported.push(until);
      });
      const publish = async (message: string): Promise<string> =>
        command("PUBLISH", "modelyard:v2:channel:cooldowns", message);
      await expect.poll(() => publish("first")).toBe(":1\r\n");
      const now = Date.now();
      for (const until of ["1e300", "9e15", '"1e300"', "-1", "null", "[]"])
        await publish(`{"deploymentId":"d","until":${until},"reason":"timeout"}`);
      for (const message of ["", "[]", "null", "{}", '{"deploymentId":5,"until":1,"reason":"x"}'])
        await publish(message);
      await expect.poll(() => reported).toHaveLength(2);
      for (const until of reported) expect(until - now).toBeLessThanOrEqual(longestWaitMs + 60_000);
    });
  });

  it.each(["nan", "inf", "-inf", "-5", "1e300", "text"])("a window whose usage is %s counts as empty", async (text) => {
    await command(
      "HSET",
      "modelyard:v2:{d}:limits",
      "rpm:window",
      Math.floor(Date.now() / 60_000) + 1,
      "rpm:used",
      text,
    );
    await withState(async (state) => {
      expect(await granted(state, rpm)).toBe(3);
    });
  });

  it.each(["nan", "inf", "-5", "1e300", "text"])("a window with the number %s is ignored", async (text) => {
    await command("HSET", "modelyard:v2:{d}:limits", "rpm:window", text, "rpm:used", "99");
    await withState(async (state) => {
      expect(await granted(state, rpm)).toBe(3);
      expect(await ttl("modelyard:v2:{d}:limits")).toBeGreaterThan(0);
    });
  });

  it.each(["nan nan nan nan", "1e300 1 1 1", "0 inf 0 0", "0 0 -5 0", "x", ""])(
    "a bucket stored as %j counts as empty",
    async (text) => {
      await command("HSET", "modelyard:v2:{d}:limits", "rpm:bucket", text);
      await withState(async (state) => {
        expect(await granted(state, bucket)).toBe(3);
      });
    },
  );

  it.each(["+inf", "1e300"])("a call in flight until %s takes no parallel slot", async (until) => {
    await command("ZADD", "modelyard:v2:{d}:slots", until, "planted");
    await withState(async (state) => {
      expect(await state.used({ deploymentId: "d", limits: slots, now: 0 })).toEqual([0]);
      expect(await granted(state, slots)).toBe(3);
      expect(await ttl("modelyard:v2:{d}:slots")).toBeGreaterThan(0);
    });
  });

  it("a process whose heartbeat never expires does not count", async () => {
    await command("ZADD", "modelyard:v2:{shared}:processes", "+inf", "planted", "1e300", "other");
    await withState(async (state) => {
      await expect.poll(() => state.processes).toBe(1);
    });
  });

  it("a cache entry longer than the limit is a miss and is deleted", async () => {
    const connection = redisConnection({ url: redis.url, commandMs: 2_000 });
    await connection.ready(5_000);
    const key = "modelyard:v2:cache:long";
    await command("SETRANGE", key, 20_000_000, "x");
    expect(await redisCache(connection).get("long")).toBeUndefined();
    expect(await command("EXISTS", key)).toBe(":0\r\n");
    expect(connection.available).toBe(true);
    await connection.close();
  });
});
