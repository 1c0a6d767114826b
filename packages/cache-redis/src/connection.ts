import { type Clock, type Logger, silentLogger } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { Cluster, type Redis } from "ioredis";
import { OutageLog } from "./outage-log.js";
import {
  addressOf,
  commandOf,
  createClient,
  defineScripts,
  type RedisClient,
  type RedisClientOptions,
} from "./client.js";
import { BadReplyError, isOutage, nameOf, RedisUnavailableError } from "./errors.js";
import { RedisAvailability } from "./redis-availability.js";
import { hashSlot, hashTag } from "./hash-slot.js";
import type { ScriptName } from "./scripts/index.js";
import { Subscriber } from "./subscriber.js";
import { CorkedWrites } from "./corked-writes.js";
import { withinLimit } from "./within-limit.js";

export interface RedisConnectionOptions extends RedisClientOptions {
  /**
   * Prefix of every key.
   * @defaultValue `modelyard`
   */
  readonly namespace?: string;
  /**
   * The longest wait for one command, in milliseconds.
   * @defaultValue 40
   */
  readonly commandMs?: number;
  /** @defaultValue the system clock */
  readonly clock?: Clock;
  /** @defaultValue nothing is logged */
  readonly logger?: Logger;
}

export interface CommandOptions {
  /**
   * Whether no caller waits for this command. It may then take a second, and a late reply does not count as an outage.
   * @defaultValue false
   */
  readonly background?: boolean;
}

/** Longest wait for a background command, in milliseconds. */
const backgroundMs = 1_000;
/** Version of the keys and values. Processes of different versions do not read each other's keys. */
const formatVersion = "v2";
/** Written and read back to see whether Redis works. */
const probeValue = "1";
/** Hash tag of the keys that all processes share and that belong to no deployment. */
const commonTag = "shared";

/**
 * A Cluster client connects to a node with the first command, and rejects the commands that follow until it is
 * connected.
 */
function connectMaster(node: Redis): void {
  if (node.options.readOnly !== true && node.status === "wait") node.connect().catch(() => undefined);
}

function isConnecting(node: Redis): boolean {
  return node.status !== "ready" && node.status !== "end";
}

/** One run of a script. */
export interface ScriptRun extends CommandOptions {
  readonly name: ScriptName;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

function unchanged<Value>(reply: Value): Value {
  return reply;
}

/** Reads a reply. A reply that Redis cannot have sent makes its master unavailable. */
function readOrFail<Reply, Value>(master: RedisAvailability, reply: Reply, read: (reply: Reply) => Value): Value {
  try {
    return read(reply);
  } catch (error) {
    master.markUnavailable(error);
    throw error;
  }
}

type ScriptCommand = (...args: readonly (string | number)[]) => Promise<unknown>;

/**
 * A connection that never keeps a call waiting: every command has a time limit, no command is queued, and a master that
 * does not answer gets no commands until it does. In a Cluster the masters are tracked one by one. The response cache
 * and the shared state can use the same connection.
 */
export class RedisConnection {
  /** Prefix of every key, with the version of the format: `modelyard:v2`. */
  readonly prefix: string;
  readonly #client: RedisClient;
  readonly #writes: CorkedWrites;
  readonly #owned: boolean;
  readonly #commandMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #outageLog: OutageLog;
  /** Availability by master; without a Cluster there is one entry. */
  readonly #masters = new Map<string, RedisAvailability>();
  readonly #listeners = new Set<(available: boolean) => void>();
  #available = false;
  #closed = false;
  #subscriber: Subscriber | undefined;

  constructor(options: RedisConnectionOptions) {
    this.prefix = `${options.namespace ?? "modelyard"}:${formatVersion}`;
    this.#commandMs = options.commandMs ?? 40;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#owned = options.client === undefined;
    this.#client = options.client ?? createClient(options);
    this.#writes = new CorkedWrites(this.#client);
    this.#outageLog = new OutageLog(this.#logger, addressOf(this.#client, options));
    defineScripts(this.#client);
    // Without a listener, ioredis prints every failed attempt to connect.
    this.#client.on("error", this.#onError);
    this.#client.on("close", this.#onClose);
    this.#client.on("ready", this.#onReady);
    if (this.#client instanceof Cluster) this.#client.on("+node", connectMaster);
    // Redis counts as unavailable until it has answered once.
    void this.#master(this.key("", "start"), false).probe();
  }

  /** Whether commands can be sent. In a Cluster: whether any master answers. */
  get available(): boolean {
    return this.#available;
  }

  onAvailability(listener: (available: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** A key in the hash slot of `owner`, or in the common slot for `""`. */
  key(owner: string, name: string): string {
    return `${this.prefix}:${hashTag(owner === "" ? commonTag : owner)}:${name}`;
  }

  /**
   * Resolves when Redis answers for the first time, or after `limitMs`; the latter is logged.
   * @returns whether Redis has answered
   */
  async ready(limitMs: number): Promise<boolean> {
    if (this.#available) return true;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        end();
        this.#clock.clearTimer(timer);
        resolve();
      };
      const end = this.onAvailability(finish);
      const timer = this.#clock.setTimer(finish, limitMs);
    });
    // A Redis that does not even refuse connections has caused no log line yet.
    if (!this.available) this.#outageLog.logFirstOutage();
    return this.available;
  }

  /**
   * Runs one of our scripts in one round trip.
   * @param read - converts the reply, or throws a {@link BadReplyError}, which counts as an outage
   * @throws {@link RedisUnavailableError} when no reply arrives within the limit
   */
  run<Value>({ name, keys, args, background }: ScriptRun, read: (reply: unknown) => Value): Promise<Value> {
    return this.#command(
      keys[0] ?? "",
      (client) => {
        const commands = client as unknown as Readonly<Record<string, ScriptCommand>>;
        return commands[commandOf(name)]?.(...keys, ...args) ?? Promise.reject(new Error(`${name} is not defined`));
      },
      read,
      background,
    );
  }

  /** Runs any other command that concerns one key, under the same time limit. */
  command<Value>(
    key: string,
    act: (client: RedisClient) => Promise<Value>,
    { background = false }: CommandOptions = {},
  ): Promise<Value> {
    return this.#command(key, act, unchanged, background);
  }

  #command<Reply, Value>(
    key: string,
    act: (client: RedisClient) => Promise<Reply>,
    read: (reply: Reply) => Value,
    background = false,
  ): Promise<Value> {
    const master = this.#master(key, true);
    if (this.#closed || !master.available || this.#client.status !== "ready") {
      return Promise.reject(new RedisUnavailableError("Redis is unreachable"));
    }
    this.#writes.hold();
    const limitMs = background ? Math.max(backgroundMs, this.#commandMs) : master.timeoutMs;
    return withinLimit(this.#clock, act(this.#client), limitMs).then(
      (reply) => {
        const value = readOrFail(master, reply, read);
        if (!background) master.replyArrived();
        return value;
      },
      (error: unknown) => {
        if (error instanceof RedisUnavailableError) {
          if (!background) master.replyTimedOut(error);
        } else if (isOutage(error)) master.markUnavailable(error);
        else if (!background) master.replyArrived();
        throw error;
      },
    );
  }

  /** Listens to a channel on a separate connection, which is replaced whenever it ends. */
  subscribe(channel: string, listener: (message: string) => void): void {
    this.#subscriber ??= new Subscriber({ client: this.#client, clock: this.#clock, logger: this.#logger });
    this.#subscriber.subscribe(channel, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const master of this.#masters.values()) master.close();
    this.#listeners.clear();
    this.#subscriber?.close();
    this.#client.off("close", this.#onClose);
    this.#client.off("ready", this.#onReady);
    this.#client.off("+node", connectMaster);
    if (this.#owned) this.#client.disconnect();
    // Our own client keeps its error listener, since it may still fail while it closes.
    else this.#client.off("error", this.#onError);
    await Promise.resolve();
  }

  readonly #onError = (error: unknown): void => {
    this.#logger.debug({ error: nameOf(error) }, "Redis: the connection failed");
    this.#outageLog.noteError(error);
    if (this.#client.status !== "ready" || error instanceof BadReplyError) this.#markAllUnavailable(error);
  };

  readonly #onClose = (): void => {
    this.#markAllUnavailable(new RedisUnavailableError("the connection was closed"));
  };

  readonly #onReady = (): void => {
    for (const master of this.#masters.values()) void master.probe();
  };

  #markAllUnavailable(cause: unknown): void {
    this.#outageLog.logFirstOutage(cause);
    for (const master of this.#masters.values()) master.markUnavailable(cause);
  }

  /** The availability of the master that owns a key. */
  #master(key: string, available: boolean): RedisAvailability {
    const client = this.#client;
    const name = client instanceof Cluster ? (client.slots[hashSlot(key)]?.[0] ?? "") : "";
    let master = this.#masters.get(name);
    if (master === undefined) {
      const probe = `${key}:probe`;
      master = new RedisAvailability(
        {
          clock: this.#clock,
          commandMs: this.#commandMs,
          probe: () => this.#probe(probe),
          changed: (changed, cause) => {
            this.#changed(name, changed, cause);
          },
        },
        available,
      );
      this.#masters.set(name, master);
    }
    return master;
  }

  async #probe(probe: string): Promise<void> {
    const client = this.#client;
    if (client.status !== "ready") throw new RedisUnavailableError("not connected");
    // At first, wait for all masters: commands for a master that is not connected yet would be rejected.
    if (!this.#available && client instanceof Cluster && client.nodes("master").some(isConnecting))
      throw new RedisUnavailableError("not connected to all masters");
    // The probe writes, since a full or read-only Redis is useless to us, and reads the value back, since a server that
    // is not Redis may answer OK to everything.
    try {
      const replies = Promise.all([client.set(probe, probeValue, "PX", 1_000), client.get(probe)]);
      const [status, value]: readonly unknown[] = await withinLimit(this.#clock, replies, this.#commandMs);
      if (status !== "OK" || value !== probeValue) throw new BadReplyError("a value other than the one just written");
    } catch (error) {
      this.#outageLog.noteError(error);
      throw error;
    }
  }

  #changed(name: string, master: RedisAvailability, cause: unknown): void {
    if (master.available) this.#outageLog.recovered(name);
    else this.#outageLog.began(cause, name);
    const available = this.#client.status === "ready" && this.#anyAvailable();
    if (available === this.#available) return;
    this.#available = available;
    for (const listener of this.#listeners) listener(available);
  }

  /** Masters that have not been used yet count as available. */
  #anyAvailable(): boolean {
    const client = this.#client;
    const masters = client instanceof Cluster ? client.nodes("master").length : 1;
    let unavailable = 0;
    let anyAvailable = false;
    for (const [name, master] of this.#masters) {
      if (!master.available) unavailable += 1;
      else if (name !== "") anyAvailable = true;
    }
    return anyAvailable || unavailable < Math.max(1, masters);
  }
}
