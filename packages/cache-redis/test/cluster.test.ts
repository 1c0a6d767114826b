import { createRouter } from "@modelyard/router";
import { scriptedProvider } from "@modelyard/testing";
import { systemClock } from "@modelyard/core/kit";
import { describeSharedState } from "@modelyard/testing/conformance";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { type RedisCluster, startCluster } from "@modelyard/repo-tests/redis-cluster";
import { redisCommand, redisUntil } from "@modelyard/repo-tests/redis-commands";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openState } from "./support/open-state.js";
import { hashSlot, hashTag } from "../src/hash-slot.js";
import { redisCache, type RedisConnection, redisConnection, redisState } from "../src/index.js";

const present = redisForTests() !== undefined;

describe.skipIf(!present)("redisState on a Cluster", () => {
  let cluster: RedisCluster;
  const connections: RedisConnection[] = [];
  let made = 0;
  const connect = async (commandMs: number): Promise<RedisConnection> => {
    made += 1;
    const nodes = cluster.masters.slice(0, 2).map(({ host, port }) => ({ host, port }));
    const connection = redisConnection({ nodes, namespace: `cluster-${String(made)}`, commandMs });
    connections.push(connection);
    expect(await connection.ready(10_000)).toBe(true);
    return connection;
  };
  beforeAll(async () => {
    cluster = await startCluster();
  }, 30_000);
  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await cluster.stop();
  });

  describeSharedState("redisState", {
    create: () => openState({ nodes: cluster.masters, commandMs: 2_000 }),
  });

  it("computes the same hash slots as the Cluster, also for names with braces", async () => {
    for (const key of ["plain", "a{b}c", "{}x", `m:v2:${hashTag("gpt-4")}:limits`, `m:${hashTag("o{d}d%")}:x`]) {
      const answer = await redisCommand(cluster.masters[0]!.port, "CLUSTER", "KEYSLOT", key);
      expect([key, `:${String(hashSlot(key))}\r\n`]).toEqual([key, answer]);
    }
  });

  it("keeps all keys of a deployment in one slot and spreads deployments over the masters", () => {
    const owners = [0, 0, 0];
    for (let index = 0; index < 300; index += 1) {
      const slots = ["limits", "slots", "reservation:1"].map((name) =>
        hashSlot(`modelyard:v2:${hashTag(`deployment-${String(index)}`)}:${name}`),
      );
      expect(new Set(slots).size).toBe(1);
      owners[Math.floor((slots[0]! * 3) / 16_384)]! += 1;
    }
    expect(Math.min(...owners)).toBeGreaterThan(70);
  });

  it("fails no call when a master dies under load, keeps counting on the others, and recovers with the failover", async () => {
    // Long enough for a busy machine: this test is about a broken connection, not about late replies.
    // No reply is late, however busy the machine is: this test is about a broken connection.
    const connection = await connect(20_000);
    // The failover begins only after the test has checked the time without a master.
    const replica = cluster.replicas[0]!.port;
    await redisCommand(replica, "CONFIG", "SET", "cluster-replica-no-failover", "yes");
    const state = redisState(connection);
    const provider = scriptedProvider({ clock: systemClock });
    const ids = Array.from({ length: 12 }, (_, index) => `d${String(index)}`);
    const router = createRouter({
      providers: [provider],
      sharedState: state,
      responseCache: redisCache(connection),
      modelList: ids.map((id) => ({ id, modelName: id, model: `openai/${id}`, rpm: 100_000, maxParallelRequests: 50 })),
    });
    const ask = async (id: string) => router.completion({ model: id, messages: [] });
    await Promise.all(ids.map(ask));
    expect(state.available).toBe(true);
    const dead = ids.filter((id) => hashSlot(connection.key(id, "")) < Math.floor(16_384 / 3));
    const alive = ids.filter((id) => !dead.includes(id));
    expect(Math.min(dead.length, alive.length)).toBeGreaterThan(0);
    cluster.masters[0]!.kill();
    for (let round = 0; round < 20; round += 1) await Promise.all(ids.map(ask));
    const limits = [{ name: "rpm", kind: "window", limit: 100_000, windowMs: 60_000 } as const];
    const usedBy = async (all: readonly string[]): Promise<readonly PromiseSettledResult<readonly number[]>[]> =>
      Promise.allSettled(all.map(async (id) => state.used({ deploymentId: id, limits, now: 0 })));
    // Only one master is unreachable: deployments of the others are still counted there. The client asks the nodes
    // again which master has which slots, and may reconnect while it does.
    const counted = async (): Promise<boolean> => {
      await Promise.all(ids.map(ask));
      const used = await usedBy(alive);
      return state.available && used.every((one) => one.status === "fulfilled" && one.value[0] !== 0);
    };
    await expect.poll(counted, { timeout: 15_000, interval: 100 }).toBe(true);
    await redisCommand(replica, "CONFIG", "SET", "cluster-replica-no-failover", "no");
    await redisUntil(cluster.masters[1]!.port, ["CLUSTER", "INFO"], (info) => info.includes("cluster_state:ok"));
    const settled = async (): Promise<boolean> => {
      await Promise.all(ids.map(ask));
      return (await usedBy(ids)).every((one) => one.status === "fulfilled");
    };
    await expect.poll(settled, { timeout: 15_000, interval: 100 }).toBe(true);
    await router.close();
    await state.close();
  }, 40_000);
});
