import { randomUUID } from "node:crypto";
import type { Clock, SharedState } from "@modelyard/core";
import { type LimitSpec, systemClock } from "@modelyard/core/kit";
import { redisForTests, type RedisProcess, startRedis } from "@modelyard/repo-tests/redis";
import { redisCommand } from "@modelyard/repo-tests/redis-commands";
import { afterEach, beforeAll, afterAll, describe, expect, it } from "vitest";
import { type RedisConnection, redisConnection, redisState } from "../src/index.js";

const minute = (name: "rpm" | "tpm", limit: number): LimitSpec => ({ name, kind: "window", limit, windowMs: 60_000 });
/** The same rate in a window that does not end during a test; a minute would, since the clock of Redis decides. */
const endless = (name: "rpm" | "tpm", perMinute: number): LimitSpec => {
  const windowMs = 1_000_000_000_000;
  return { name, kind: "window", limit: Math.floor((perMinute * windowMs) / 60_000), windowMs };
};

/** Real timers, and a time that tests can move ahead. */
class SteeredClock implements Clock {
  aheadMs = 0;
  readonly setTimer = systemClock.setTimer;
  readonly clearTimer = systemClock.clearTimer;
  now(): number {
    return systemClock.now() + this.aheadMs;
  }
}

describe.skipIf(redisForTests() === undefined)("prefetched quotas", () => {
  let redis: RedisProcess;
  const opened: { readonly state: SharedState; readonly connection: RedisConnection }[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    for (const { state, connection } of opened.splice(0)) {
      await state.close();
      await connection.close();
    }
  });

  const open = async (namespace: string, processes: number, clock: Clock = systemClock): Promise<SharedState> => {
    const connection = redisConnection({ url: redis.url, namespace, commandMs: 5_000 });
    await connection.ready(5_000);
    const state = redisState(connection, { clock });
    opened.push({ state, connection });
    await expect.poll(() => state.processes, { timeout: 5_000 }).toBe(processes);
    return state;
  };
  /** Writes heartbeats of processes that do not exist. */
  const pretendOthers = async (namespace: string, count: number): Promise<void> => {
    const key = `${namespace}:v2:{shared}:processes`;
    for (let index = 0; index < count; index += 1)
      await redisCommand(redis.port, "ZADD", key, Date.now() + 3_600_000, `p${String(index)}`);
  };
  /** How many scripts Redis has run so far. */
  const scripts = async (): Promise<number> => {
    const info = await redisCommand(redis.port, "INFO", "commandstats");
    return [...info.matchAll(/^cmdstat_eval(?:sha)?:calls=(?<calls>\d+)/gmu)].reduce(
      (sum, match) => sum + Number(match.groups?.["calls"]),
      0,
    );
  };
  let ids = 0;
  const reserve = async (state: SharedState, limits: readonly LimitSpec[], amounts: readonly number[]) => {
    ids += 1;
    const reservationId = `r${String(ids)}`;
    const reply = await state.reserve({
      deploymentId: "d",
      reservationId,
      limits,
      amounts,
      ttlMs: 60_000,
      now: Date.now(),
    });
    return { reservationId, granted: reply.granted };
  };
  const settle = async (state: SharedState, limits: readonly LimitSpec[], id: string, amounts: readonly number[]) =>
    state.settle({ deploymentId: "d", reservationId: id, limits, amounts, now: Date.now() });
  const used = async (state: SharedState, limits: readonly LimitSpec[]) =>
    state.used({ deploymentId: "d", limits, now: Date.now() });

  it("need at most one Redis operation for ten requests at 12 M tokens a minute, heartbeats included", async () => {
    const namespace = `leases-${randomUUID()}`;
    await pretendOthers(namespace, 7);
    const clock = new SteeredClock();
    const state = await open(namespace, 8, clock);
    const { connection } = opened.at(-1)!;
    const limits = [endless("tpm", 12_000_000)];
    const before = await scripts();
    // One of eight processes at 80 % of the limit: 16.7 requests a second of 1,200 tokens each.
    const requests = 800;
    const gapMs = 60;
    const openCalls: string[] = [];
    for (let index = 0; index < requests; index += 1) {
      clock.aheadMs += gapMs;
      // In reality, a refill in the background is answered long before the next request.
      await connection.command("", (client) => client.ping());
      const { reservationId, granted } = await reserve(state, limits, [1_500]);
      expect(granted).toBe(true);
      openCalls.push(reservationId);
      const done = openCalls.length > 20 ? openCalls.shift() : undefined;
      if (done !== undefined) await settle(state, limits, done, [1_200]);
    }
    const operations = (await scripts()) - before;
    const heartbeats = (requests * gapMs) / 950;
    expect((operations + heartbeats) / requests).toBeLessThanOrEqual(0.1);
  });

  it("grant a reservation synchronously", async () => {
    const state = await open(`leases-${randomUUID()}`, 1);
    const limits = [endless("rpm", 600_000), endless("tpm", 60_000_000)];
    for (let index = 0; index < 10; index += 1) await reserve(state, limits, [1, 50]);
    const reply = state.reserve({
      deploymentId: "d",
      reservationId: "now",
      limits,
      amounts: [1, 50],
      ttlMs: 60_000,
      now: Date.now(),
    });
    expect(reply).toEqual({ granted: true });
    expect(await settle(state, limits, "now", [1, 20])).toBe(true);
  });

  it("together never admit more than the limit, and eventually admit all of it", async () => {
    const namespace = `leases-${randomUUID()}`;
    const limit = 40_000;
    const windowMs = 120_000;
    const limits: LimitSpec[] = [{ name: "tpm", kind: "window", limit, windowMs }];
    const states = await Promise.all(Array.from({ length: 3 }, async () => open(namespace, 3)));
    const first = Math.floor(Date.now() / windowMs);
    const before = await scripts();
    let admitted = 0;
    const spendAll = async (rounds: number): Promise<number> => {
      await Promise.all(
        states.map(async (state) => {
          for (let round = 0; round < rounds; round += 1) {
            const replies = await Promise.all(Array.from({ length: 25 }, async () => reserve(state, limits, [10])));
            const granted = replies.filter((reply) => reply.granted);
            admitted += 10 * granted.length;
            await Promise.all(granted.map(async ({ reservationId }) => settle(state, limits, reservationId, [10])));
          }
        }),
      );
      return admitted;
    };
    await spendAll(30);
    expect((await scripts()) - before).toBeLessThan(admitted / 10 / 4);
    await spendAll(60);
    await expect.poll(() => spendAll(1), { timeout: 10_000, interval: 300 }).toBeGreaterThanOrEqual(limit);
    const windows = Math.floor(Date.now() / windowMs) - first + 1;
    expect(admitted).toBeLessThanOrEqual(limit * windows);
  });

  it("return what is unspent when they are idle and when they close", async () => {
    const namespace = `leases-${randomUUID()}`;
    const limits = [endless("tpm", 60_000_000)];
    const [one, other] = await Promise.all([open(namespace, 2), open(namespace, 2)]);
    const ofOne: string[] = [];
    for (let index = 0; index < 20; index += 1) {
      ofOne.push((await reserve(one, limits, [100])).reservationId);
      await reserve(other, limits, [100]);
    }
    const taken = await used(one, limits);
    expect(taken[0]).toBeGreaterThan(4_000);
    for (const id of ofOne) await settle(one, limits, id, [40]);
    await opened.pop()?.state.close();
    // 20 settled reservations of 40 tokens, and 20 unsettled ones of 100, which stay charged.
    await expect.poll(() => used(one, limits), { timeout: 5_000 }).toEqual([20 * 40 + 20 * 100]);
  });

  it("return what is unspent when a limit changes", async () => {
    const state = await open(`leases-${randomUUID()}`, 1);
    const limits = [endless("tpm", 60_000_000)];
    for (let index = 0; index < 20; index += 1) {
      const { reservationId } = await reserve(state, limits, [100]);
      await settle(state, limits, reservationId, [40]);
    }
    expect((await used(state, limits))[0]).toBeGreaterThan(20 * 40);
    const changed = [endless("tpm", 2_000)];
    await reserve(state, changed, [1]);
    // The quota of the old limits is no longer in the list that is tidied up, so it must be returned at the change.
    await expect.poll(() => used(state, changed), { timeout: 5_000 }).toEqual([20 * 40 + 1]);
  });

  it("are not used for low limits, which are reserved call by call", async () => {
    const state = await open(`leases-${randomUUID()}`, 1);
    const limits = [endless("rpm", 50)];
    const before = await scripts();
    for (let index = 0; index < 30; index += 1) {
      const { reservationId } = await reserve(state, limits, [1]);
      await settle(state, limits, reservationId, [1]);
    }
    const operations = (await scripts()) - before;
    expect(operations).toBeGreaterThanOrEqual(60);
    expect(operations).toBeLessThan(70);
    expect(await used(state, limits)).toEqual([30]);
  });

  it("are not spent after their window has ended", async () => {
    const clock = new SteeredClock();
    const state = await open(`leases-${randomUUID()}`, 1, clock);
    const limits = [minute("rpm", 600_000)];
    for (let index = 0; index < 20; index += 1) await reserve(state, limits, [1]);
    const before = await scripts();
    clock.aheadMs += 60_000;
    await reserve(state, limits, [1]);
    expect(await scripts()).toBeGreaterThan(before);
  });
});
