import { invalidOption, Secret } from "@modelyard/core";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { guardNode, guardReplies } from "./guard-replies.js";
import { scripts } from "./scripts/index.js";

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** How Redis, or Valkey, is reached: by address, through Sentinels, as a Cluster, or by a client of yours. */
export interface RedisClientOptions {
  /** E.g. `redis://:password@localhost:6379/0`; `rediss://` for TLS. */
  readonly url?: string | Secret;
  /** @defaultValue `localhost` */
  readonly host?: string;
  /** @defaultValue 6379 */
  readonly port?: number;
  readonly username?: string;
  readonly password?: string | Secret;
  /** Number of the database; a Cluster has only 0. @defaultValue 0 */
  readonly db?: number;
  /** `true`, or what `tls.connect` of Node takes, e.g. `ca`. @defaultValue false */
  readonly tls?: boolean | NonNullable<RedisOptions["tls"]>;
  /** A Cluster's nodes; some are enough. */
  readonly nodes?: readonly RedisNode[];
  /** Sentinels, with `masterName`. */
  readonly sentinels?: readonly RedisNode[];
  readonly masterName?: string;
  /** Of the Sentinels themselves. */
  readonly sentinelPassword?: string | Secret;
  /** A client of yours; it is not closed here. Commands of ours never wait in its offline queue. */
  readonly client?: Redis | Cluster;
}

export type RedisClient = Redis | Cluster;

/** Longest time between two attempts to connect, in milliseconds. */
const longestRetryMs = 1_000;
/** A connection on which nothing arrives for so long, though something is due, is given up and made anew. */
const silenceMs = 2_000;

function retryMs(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 6), longestRetryMs);
}

function commonOptions(options: RedisClientOptions) {
  const password = Secret.of(options.password)?.reveal();
  const { username, tls = false } = options;
  return {
    // Nothing waits for a connection: what cannot be sent now is refused, and the call goes on without Redis.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 1_000,
    socketTimeout: silenceMs,
    keepAlive: 10_000,
    // A master that became a replica: find the new one.
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
      // Who owns which slots is asked again this often, so that a failover that nobody told us of is found.
      slotsRefreshInterval: 5_000,
      slotsRefreshTimeout: 1_000,
      maxRedirections: 4,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      retryDelayOnTryAgain: 10,
      // Certificates carry names: with addresses in their place none would fit.
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
 * A client that never queues, and whose replies are checked before they are read. Connects at once, in the background.
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

/** Where a client looks for Redis, for people; no credentials. */
export function addressOf(client: RedisClient, { nodes = [] }: RedisClientOptions): string {
  if (client instanceof Cluster) return nodes.map(({ host, port }) => `${host}:${String(port)}`).join(", ");
  const { host = "", name, path, port, sentinels } = client.options;
  if (sentinels != null && name !== undefined) return `${name} (by Sentinels)`;
  return path ?? `${host}:${String(port)}`;
}

/** Names of our scripts on a client that may be somebody else's. */
export function commandOf(script: string): string {
  return `modelyard:${script}`;
}

/** Makes our scripts known to a client, which sends them by their hash and in full only where they are not known. */
export function defineScripts(client: RedisClient): void {
  for (const [name, { keys, lua }] of Object.entries(scripts)) {
    client.defineCommand(commandOf(name), { numberOfKeys: keys, lua });
  }
}
