import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redisUntil } from "./redis-commands.js";
import { type RedisProcess, startRedis } from "./redis-server.js";

export interface RedisSentinels {
  readonly masterName: string;
  readonly master: RedisProcess;
  readonly replica: RedisProcess;
  readonly sentinels: readonly RedisProcess[];
  stop(): Promise<void>;
}

const masterName = "main";

async function startSentinel(folder: string, index: number, masterPort: number): Promise<RedisProcess> {
  const file = join(folder, `sentinel-${String(index)}.conf`);
  const lines = [
    `sentinel monitor ${masterName} 127.0.0.1 ${String(masterPort)} 2`,
    `sentinel down-after-milliseconds ${masterName} 500`,
    `sentinel failover-timeout ${masterName} 2000`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return startRedis([file, "--sentinel", "--dir", folder]);
}

/** Starts a master, a replica and three Sentinels. Resolves when the Sentinels know all of them. */
export async function startSentinels(): Promise<RedisSentinels> {
  const folder = mkdtempSync(join(tmpdir(), "redis-sentinel-"));
  const started: RedisProcess[] = [];
  const keep = async (redis: Promise<RedisProcess>): Promise<RedisProcess> => {
    started.push(await redis);
    return redis;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((redis) => redis.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const quick = ["--dir", folder, "--repl-diskless-sync-delay", "0"];
    const master = await keep(startRedis(quick));
    const replica = await keep(startRedis([...quick, "--replicaof", `127.0.0.1 ${String(master.port)}`]));
    await redisUntil(replica.port, ["INFO", "replication"], (info) => info.includes("master_link_status:up"));
    const sentinels = await Promise.all([0, 1, 2].map((index) => keep(startSentinel(folder, index, master.port))));
    const agreed = (info: string): boolean =>
      ["slaves=1", "sentinels=3", "status=ok"].every((part) => info.includes(part));
    await Promise.all(sentinels.map(({ port }) => redisUntil(port, ["INFO", "sentinel"], agreed)));
    return { masterName, master, replica, sentinels, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
