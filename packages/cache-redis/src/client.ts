import { Secret } from "@modelyard/core";
import { invalidOption } from "@modelyard/core/kit";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { guardNode, guardReplies } from "./guard-replies.js";
import { scripts } from "./scripts/index.js";

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** How to reach Redis or Valkey: by address, through Sentinels, as a Cluster, or through your own client. */
export interface RedisClientOptions {
  /** For example `redis://:password@localhost:6379/0`; `rediss://` connects over TLS. Wins over `host` and `port`. */
  readonly url?: string | Secret;
  /** @defaultValue `localhost` */
  readonly host?: string;
  /** @defaultValue 6379 */
  readonly port?: number;
  readonly username?: string;
  readonly password?: string | Secret;
  /** Number of the database. A Cluster only has database 0. @defaultValue 0 */
  readonly db?: number;
  /** `true`, or the options of Node's `tls.connect`, for example `ca`. @defaultValue false */
  readonly tls?: boolean | NonNullable<RedisOptions["tls"]>;
  /** Some of a Cluster's nodes; the others are discovered. */
  readonly nodes?: readonly RedisNode[];
  /** The Sentinels to ask for the master; requires `masterName`. */
  readonly sentinels?: readonly RedisNode[];
  readonly masterName?: string;
  /** Password of the Sentinels themselves. */
  readonly sentinelPassword?: string | Secret;
  /** Your own client. `close()` leaves it open, and our commands never wait in its offline queue. */
  readonly client?: Redis | Cluster;
}

export type RedisClient = Redis | Cluster;

/** Longest wait between two attempts to connect, in milliseconds. */
const longestRetryMs = 1_000;
/** A connection is replaced if a reply is due and no byte arrives for this long, in milliseconds. */
const silenceMs = 2_000;

function retryMs(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 6), longestRetryMs);
}

function commonOptions(options: RedisClientOptions) {
  const password = Secret.of(options.password)?.reveal();
  const { username, tls = false } = options;
  return {
    // No command waits for a connection: it is rejected at once, and the call continues without Redis.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 1_000,
    socketTimeout: silenceMs,
    keepAlive: 10_000,
    // This error means that the master has become a replica. Reconnecting finds the new master.
    reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined || password === "" ? {} : { password }),
    ...(tls === false ? {} : { tls: tls === true ? {} : tls }),
  } satisfies RedisOptions;
}

type CommonOptions = ReturnType<typeof commonOptions>;

function keepName(name: string, callback: (error: null, address: string) => void): void {
  callback(null, name);
}

function clusterClient(nodes: readonly RedisNode[], common: CommonOptions): Cluster {
  return new Cluster(
    nodes.map(({ host, port }) => ({ host, port })),
    {
      enableOfflineQueue: false,
      redisOptions: common,
      clusterRetryStrategy: retryMs,
      // The slot map is read again this often, so that a failover without a notification is noticed.
      slotsRefreshInterval: 5_000,
      slotsRefreshTimeout: 1_000,
      maxRedirections: 4,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      retryDelayOnTryAgain: 10,
      // Certificates name hosts, so they would not match the addresses that a lookup returns.
      ...(common.tls === undefined ? {} : { dnsLookup: keepName }),
    },
  );
}

function sentinelClient(sentinels: readonly RedisNode[], options: RedisClientOptions, common: CommonOptions): Redis {
  const { masterName, db = 0 } = options;
  if (masterName === undefined)
    throw invalidOption("redis.masterName", "it is required with sentinels.", "Set the name of their master.");
  const sentinelPassword = Secret.of(options.sentinelPassword)?.reveal();
  return new Redis({
    ...common,
    db,
    name: masterName,
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    retryStrategy: retryMs,
    sentinelRetryStrategy: retryMs,
    failoverDetector: true,
    ...(common.tls === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: common.tls }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
  });
}

/**
 * Creates a client that never queues commands and checks every reply before ioredis reads it. It starts to connect at
 * once, in the background.
 * @throws `invalid_option`
 */
export function createClient(options: RedisClientOptions): RedisClient {
  const client = newClient(options);
  if (client instanceof Cluster) client.on("+node", guardNode);
  else guardReplies(client, "commands");
  return client;
}

function newClient(options: RedisClientOptions): RedisClient {
  const common = commonOptions(options);
  if (options.nodes !== undefined) return clusterClient(options.nodes, common);
  if (options.sentinels !== undefined) return sentinelClient(options.sentinels, options, common);
  const url = Secret.of(options.url)?.reveal();
  if (url !== undefined) return new Redis(url, { ...common, retryStrategy: retryMs });
  const { db = 0, host = "localhost", port = 6379 } = options;
  return new Redis({ ...common, db, host, port, retryStrategy: retryMs });
}

/** The address of Redis for log lines, without credentials. */
export function addressOf(client: RedisClient, { nodes = [] }: RedisClientOptions): string {
  if (client instanceof Cluster) return nodes.map(({ host, port }) => `${host}:${String(port)}`).join(", ");
  const { host = "", name, path, port, sentinels } = client.options;
  if (sentinels != null && name !== undefined) return `${name} (by Sentinels)`;
  return path ?? `${host}:${String(port)}`;
}

/** The command name of one of our scripts. The prefix avoids conflicts with custom commands of the client's owner. */
export function commandOf(script: string): string {
  return `modelyard:${script}`;
}

/**
 * Registers our scripts with a client. It sends their hashes, and the full text only to a server that lacks a script.
 */
export function defineScripts(client: RedisClient): void {
  for (const [name, { keys, lua }] of Object.entries(scripts)) {
    client.defineCommand(commandOf(name), { numberOfKeys: keys, lua });
  }
}
