import { type Clock, invalidOption, type Logger, Secret, sha256Hex, silentLogger, systemClock } from "@modelyard/core";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { type ScriptName, scripts } from "./scripts.js";

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** How Redis, or Valkey, is reached: by address, through Sentinels, as a Cluster, or by a client of yours. */
export interface RedisConnectionOptions {
  /** E.g. `redis://:password@localhost:6379/0`; `rediss://` for TLS. */
  readonly url?: string | Secret;
  readonly host?: string;
  /** @defaultValue 6379 */
  readonly port?: number;
  readonly username?: string;
  readonly password?: string | Secret;
  /** Number of the database. @defaultValue 0 */
  readonly db?: number;
  /** @defaultValue false */
  readonly tls?: boolean;
  /** A Cluster's nodes; some are enough. */
  readonly nodes?: readonly RedisNode[];
  /** Sentinels, with `masterName`. */
  readonly sentinels?: readonly RedisNode[];
  readonly masterName?: string;
  /** A client of yours; it is not closed here. */
  readonly client?: Redis | Cluster;
  /** Beginning of every key. @defaultValue `modelyard` */
  readonly namespace?: string;
  /** Longest wait for one command, in milliseconds. @defaultValue 50 */
  readonly commandMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** How long until Redis is asked again after it failed, in milliseconds. */
const probeMs = 250;

/** Redis did not answer, or answered with an error. */
export class RedisUnavailableError extends Error {
  override readonly name = "RedisUnavailableError";
}

/**
 * A connection that never makes anybody wait long: every command has a time limit, and after a failure Redis is left
 * alone until it answers a question of ours again. Response cache and shared state may share one.
 */
export class RedisConnection {
  readonly namespace: string;
  readonly #client: Redis | Cluster;
  readonly #owned: boolean;
  readonly #commandMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #hashes = new Map<ScriptName, string>();
  readonly #listeners = new Set<(available: boolean) => void>();
  #available = false;
  #closed = false;
  #probe: unknown;
  #subscriber: Redis | Cluster | undefined;
  #firstReady: Promise<void> | undefined;

  constructor(options: RedisConnectionOptions) {
    this.namespace = options.namespace ?? "modelyard";
    this.#commandMs = options.commandMs ?? 50;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#owned = options.client === undefined;
    this.#client = options.client ?? createClient(options);
    this.#client.on("error", (error: unknown) => {
      this.#lost(error);
    });
    this.#client.on("close", () => {
      this.#lost(new RedisUnavailableError("the connection was closed"));
    });
    this.#client.on("ready", () => {
      this.#ask();
    });
    if (this.#client.status === "ready") this.#ask();
    else this.#ask(probeMs);
  }

  get available(): boolean {
    return this.#available;
  }

  onAvailability(listener: (available: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Resolves when Redis answers for the first time, or after `limitMs`. */
  async ready(limitMs: number): Promise<boolean> {
    if (this.#available) return true;
    await new Promise<void>((resolve) => {
      const end = this.onAvailability(() => {
        finish();
      });
      const timer = this.#clock.setTimer(() => {
        finish();
      }, limitMs);
      const finish = (): void => {
        end();
        this.#clock.clearTimer(timer);
        resolve();
      };
    });
    return this.#available;
  }

  /** Runs one of our scripts in one round trip. @throws {@link RedisUnavailableError} when it cannot within the limit */
  async run(name: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const hash = this.#hashes.get(name);
    const { lua } = scripts[name];
    const values = [...keys, ...args].map(String);
    return this.command(async (client) => {
      if (hash !== undefined) {
        try {
          return await client.evalsha(hash, keys.length, ...values);
        } catch (error) {
          if (!String(error).includes("NOSCRIPT")) throw error;
        }
      }
      const result = await client.eval(lua, keys.length, ...values);
      this.#hashes.set(name, await sha1(lua));
      return result;
    });
  }

  /** Anything else, under the same limit. */
  async command<Value>(act: (client: Redis | Cluster) => Promise<Value>): Promise<Value> {
    if (!this.#available || this.#closed) throw new RedisUnavailableError("Redis is away");
    let timer: unknown;
    try {
      return await Promise.race([
        act(this.#client),
        new Promise<never>((_, reject) => {
          timer = this.#clock.setTimer(() => {
            reject(new RedisUnavailableError(`no reply within ${String(this.#commandMs)} ms`));
          }, this.#commandMs);
        }),
      ]);
    } catch (error) {
      this.#lost(error);
      throw error;
    } finally {
      this.#clock.clearTimer(timer);
    }
  }

  /** Listens to a channel on a connection of its own. */
  async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    if (this.#subscriber === undefined) {
      this.#subscriber =
        this.#client instanceof Cluster
          ? this.#client
          : this.#client.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null });
      if (this.#subscriber instanceof Cluster) this.#subscriber = (this.#client as Cluster).duplicate();
      this.#subscriber.on("error", (error: unknown) => {
        this.#logger.debug({ error: nameOf(error) }, "Redis: the subscription failed and is made again");
      });
    }
    this.#subscriber.on("message", (from: string, message: string) => {
      if (from === channel) listener(message);
    });
    await this.#subscriber.subscribe(channel);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#clock.clearTimer(this.#probe);
    this.#listeners.clear();
    this.#subscriber?.disconnect();
    if (this.#owned) this.#client.disconnect();
    await Promise.resolve();
  }

  #lost(error: unknown): void {
    if (this.#closed) return;
    if (this.#available) {
      this.#available = false;
      this.#logger.warn({ error: nameOf(error) }, "Redis is away");
      for (const listener of this.#listeners) listener(false);
    }
    this.#ask(probeMs);
  }

  /** Asks whether Redis is there, now or after a while; one question at a time. */
  #ask(afterMs = 0): void {
    if (this.#closed || this.#firstReady !== undefined) return;
    this.#clock.clearTimer(this.#probe);
    this.#probe = this.#clock.setTimer(() => {
      this.#firstReady = this.#question().finally(() => {
        this.#firstReady = undefined;
        if (!this.#available) this.#ask(probeMs);
      });
    }, afterMs);
    (this.#probe as { unref?: () => void }).unref?.();
  }

  async #question(): Promise<void> {
    let timer: unknown;
    try {
      // A write, since a Redis that is full or read-only is of no use to us.
      const key = `${this.namespace}:v1:probe`;
      await Promise.race([
        this.#client.set(key, "1", "PX", 1_000),
        new Promise<never>((_, reject) => {
          timer = this.#clock.setTimer(() => {
            reject(new RedisUnavailableError("no reply"));
          }, this.#commandMs * 4);
        }),
      ]);
    } catch {
      return;
    } finally {
      this.#clock.clearTimer(timer);
    }
    if (this.#available || this.#closed) return;
    this.#available = true;
    for (const listener of this.#listeners) listener(true);
  }
}

/** ioredis' messages may quote addresses with passwords; names and codes do not. */
function nameOf(error: unknown): string {
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  return typeof code === "string" ? code : typeof name === "string" ? name : "error";
}

async function sha1(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function createClient(options: RedisConnectionOptions): Redis | Cluster {
  const password = Secret.of(options.password)?.reveal();
  const common = {
    // Waiting commands would pile up while Redis is away.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(password === undefined || password === "" ? {} : { password }),
    ...(options.tls === true ? { tls: {} } : {}),
  } satisfies RedisOptions;
  if (options.nodes !== undefined) {
    return new Cluster(
      options.nodes.map(({ host, port }) => ({ host, port })),
      {
        enableOfflineQueue: false,
        redisOptions: common,
        clusterRetryStrategy: (times) => Math.min(100 * times, 2_000),
        slotsRefreshTimeout: 2_000,
      },
    );
  }
  const db = options.db ?? 0;
  if (options.sentinels !== undefined) {
    if (options.masterName === undefined)
      throw invalidOption("redis.masterName", "it is missing.", "Sentinels need the name of their master.");
    return new Redis({
      ...common,
      db,
      sentinels: options.sentinels.map(({ host, port }) => ({ host, port })),
      name: options.masterName,
    });
  }
  const url = Secret.of(options.url)?.reveal();
  if (url !== undefined) return new Redis(url, common);
  return new Redis({ ...common, db, host: options.host ?? "localhost", port: options.port ?? 6379 });
}

/** Names a process among others. */
export function processName(seed: string): string {
  return sha256Hex(seed).slice(0, 16);
}

/** A connection for response cache and shared state. Connects at once, in the background. @throws `invalid_option` */
export function redisConnection(options: RedisConnectionOptions = {}): RedisConnection {
  return new RedisConnection(options);
}
