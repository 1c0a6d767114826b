import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redisCommand, redisUntil } from "./redis-commands.js";
import { freePort, type RedisProcess, startRedis } from "./redis-server.js";

export interface RedisCluster {
  /** The masters, in the order of their slots. Each has a third of them. */
  readonly masters: readonly RedisProcess[];
  readonly replicas: readonly RedisProcess[];
  stop(): Promise<void>;
}

const slots = 16_384;

interface Member {
  readonly redis: RedisProcess;
  /** Port of the cluster bus, on which the nodes communicate. */
  readonly bus: number;
}

async function startMember(folder: string, index: number): Promise<Member> {
  const bus = await freePort();
  const redis = await startRedis(
    ["--cluster-enabled", "yes", "--cluster-port", String(bus), "--cluster-node-timeout", "1000"].concat(
      ["--dir", folder, "--cluster-config-file", `nodes-${String(index)}`],
      ["--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0"],
      ["--cluster-require-full-coverage", "no"],
    ),
  );
  return { redis, bus };
}

async function joinAll(members: readonly Member[]): Promise<void> {
  const servers = members.map(({ redis }) => redis);
  const masters = servers.slice(0, 3);
  for (const [index, { port }] of servers.entries()) await redisCommand(port, "CLUSTER", "SET-CONFIG-EPOCH", index + 1);
  for (const [index, { port }] of masters.entries()) {
    const from = Math.floor((slots * index) / 3);
    await redisCommand(port, "CLUSTER", "ADDSLOTSRANGE", from, Math.floor((slots * (index + 1)) / 3) - 1);
  }
  for (const { redis, bus } of members.slice(1)) {
    await redisCommand(servers[0]?.port ?? 0, "CLUSTER", "MEET", "127.0.0.1", redis.port, bus);
  }
  const all = (words: readonly string[], wished: string): Promise<void[]> =>
    Promise.all(servers.map(({ port }) => redisUntil(port, words, (answer) => answer.includes(wished))));
  await all(["CLUSTER", "INFO"], "cluster_known_nodes:6");
  await Promise.all(
    servers.slice(3).map(async ({ port }, index) => {
      const id = /[0-9a-f]{40}/u.exec(await redisCommand(masters[index]?.port ?? 0, "CLUSTER", "MYID"))?.[0] ?? "";
      await redisUntil(port, ["CLUSTER", "REPLICATE", id], (answer) => answer.startsWith("+OK"));
      await redisUntil(port, ["INFO", "replication"], (answer) => answer.includes("master_link_status:up"));
    }),
  );
  await all(["CLUSTER", "INFO"], "cluster_state:ok");
}

/** Starts three masters with one replica each. Resolves when the Cluster accepts writes. */
export async function startCluster(): Promise<RedisCluster> {
  const folder = mkdtempSync(join(tmpdir(), "redis-cluster-"));
  const members = await Promise.all(Array.from({ length: 6 }, (_, index) => startMember(folder, index)));
  const servers = members.map(({ redis }) => redis);
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await joinAll(members);
  } catch (error) {
    await stop();
    throw error;
  }
  return { masters: servers.slice(0, 3), replicas: servers.slice(3), stop };
}
