import { type Clock, type Logger, silentLogger, systemClock } from "@modelyard/core";
import { Cluster, type Redis } from "ioredis";
import { Absence } from "./absence.js";
import {
  addressOf,
  commandOf,
  createClient,
  defineScripts,
  type RedisClient,
  type RedisClientOptions,
} from "./client.js";
import { BadReplyError, isOutage, nameOf, RedisUnavailableError } from "./errors.js";
import { Gate } from "./gate.js";
import { hashSlot, hashTag } from "./hash-slot.js";
import type { ScriptName } from "./scripts/index.js";
import { Subscriber } from "./subscriber.js";
import { TurnWrites } from "./turn-writes.js";
import { withinLimit } from "./within-limit.js";

export interface RedisConnectionOptions extends RedisClientOptions {
  /** Beginning of every key. @defaultValue `modelyard` */
  readonly namespace?: string;
  /** Longest wait for one command, in milliseconds. @defaultValue 40 */
  readonly commandMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

export interface CommandOptions {
  /** Nobody waits for it: it may take a second, and being late says nothing about Redis. @defaultValue false */
  readonly background?: boolean;
}

/** Longest wait for what nobody waits for, in milliseconds. */
const backgroundMs = 1_000;
/** Version of the keys and of what they hold: processes of different versions do not read each other's. */
const formatVersion = "v2";
/** What is written, and read again, to see whether Redis serves. */
const probeValue = "1";
/** What all processes share and belongs to no deployment lies in this slot. */
const commonTag = "shared";

/** A Cluster's client connects on the first command and refuses those that come meanwhile. */
function connectMaster(node: Redis): void {
  if (node.options.readOnly !== true && node.status === "wait") node.connect().catch(() => undefined);
}

function isConnecting(node: Redis): boolean {
  return node.status !== "ready" && node.status !== "end";
}

/** A script, and what it is given. */
export interface ScriptRun extends CommandOptions {
  readonly name: ScriptName;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

function asItIs<Value>(reply: Value): Value {
  return reply;
}

/** A reply that Redis cannot have sent. */
function readOrShut<Reply, Value>(gate: Gate, reply: Reply, read: (reply: Reply) => Value): Value {
  try {
    return read(reply);
  } catch (error) {
    gate.shut(error);
    throw error;
  }
}

type ScriptCommand = (...args: readonly (string | number)[]) => Promise<unknown>;

/**
 * A connection that never makes anybody wait long: every command has a time limit, nothing waits in a queue, and a
 * master that does not answer is left alone until it does. In a Cluster each master is judged for itself. Response cache
 * and shared state may use one connection.
 */
export class RedisConnection {
  /** Beginning of every key, with the version of the format: `modelyard:v2`. */
  readonly prefix: string;
  readonly #client: RedisClient;
  readonly #writes: TurnWrites;
  readonly #owned: boolean;
  readonly #commandMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #absence: Absence;
  /** By master; outside of a Cluster there is one. */
  readonly #gates = new Map<string, Gate>();
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
    this.#writes = new TurnWrites(this.#client);
    this.#absence = new Absence(this.#logger, addressOf(this.#client, options));
    defineScripts(this.#client);
    // Without a listener ioredis would print every attempt to connect.
    this.#client.on("error", this.#onError);
    this.#client.on("close", this.#onClose);
    this.#client.on("ready", this.#onReady);
    if (this.#client instanceof Cluster) this.#client.on("+node", connectMaster);
    // Until Redis has answered once it counts as away.
    void this.#gate(this.key("", "start"), false).ask();
  }

  /** Whether commands are worth a try; in a Cluster: whether any master answers. */
  get available(): boolean {
    return this.#available;
  }

  onAvailability(listener: (available: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** A key in the slot of `owner`, or in the common one for `""`. */
  key(owner: string, name: string): string {
    return `${this.prefix}:${hashTag(owner === "" ? commonTag : owner)}:${name}`;
  }

  /** Resolves when Redis answers for the first time, or after `limitMs`, which is logged. @returns whether it did */
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
    // Nobody said so yet where it did not even refuse.
    if (!this.available) this.#absence.tellFirst();
    return this.available;
  }

  /**
   * Runs one of our scripts in one round trip.
   * @param read - makes a value of the reply, or throws a {@link BadReplyError}, which counts as an outage
   * @throws {@link RedisUnavailableError} when it cannot within the limit
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

  /** Anything else that is a matter of one key, under the same limit. */
  command<Value>(
    key: string,
    act: (client: RedisClient) => Promise<Value>,
    { background = false }: CommandOptions = {},
  ): Promise<Value> {
    return this.#command(key, act, asItIs, background);
  }

  #command<Reply, Value>(
    key: string,
    act: (client: RedisClient) => Promise<Reply>,
    read: (reply: Reply) => Value,
    background = false,
  ): Promise<Value> {
    const gate = this.#gate(key, true);
    if (this.#closed || !gate.open || this.#client.status !== "ready") {
      return Promise.reject(new RedisUnavailableError("Redis is unreachable"));
    }
    this.#writes.hold();
    const limitMs = background ? Math.max(backgroundMs, this.#commandMs) : gate.patienceMs;
    return withinLimit(this.#clock, act(this.#client), limitMs).then(
      (reply) => {
        const value = readOrShut(gate, reply, read);
        if (!background) gate.answered();
        return value;
      },
      (error: unknown) => {
        if (error instanceof RedisUnavailableError) {
          if (!background) gate.late(error);
        } else if (isOutage(error)) gate.shut(error);
        else if (!background) gate.answered();
        throw error;
      },
    );
  }

  /** Listens to a channel on a connection of its own, which is made again whenever it ends. */
  subscribe(channel: string, listener: (message: string) => void): void {
    this.#subscriber ??= new Subscriber({ client: this.#client, clock: this.#clock, logger: this.#logger });
    this.#subscriber.subscribe(channel, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const gate of this.#gates.values()) gate.close();
    this.#listeners.clear();
    this.#subscriber?.close();
    this.#client.off("close", this.#onClose);
    this.#client.off("ready", this.#onReady);
    this.#client.off("+node", connectMaster);
    if (this.#owned) this.#client.disconnect();
    // The listener for errors of a client of ours stays: it may still fail while it closes.
    else this.#client.off("error", this.#onError);
    await Promise.resolve();
  }

  readonly #onError = (error: unknown): void => {
    this.#logger.debug({ error: nameOf(error) }, "Redis: the connection failed");
    this.#absence.note(error);
    if (this.#client.status !== "ready" || error instanceof BadReplyError) this.#shutAll(error);
  };

  readonly #onClose = (): void => {
    this.#shutAll(new RedisUnavailableError("the connection was closed"));
  };

  readonly #onReady = (): void => {
    for (const gate of this.#gates.values()) void gate.ask();
  };

  #shutAll(cause: unknown): void {
    this.#absence.tellFirst(cause);
    for (const gate of this.#gates.values()) gate.shut(cause);
  }

  /** The gate of the master that a key belongs to. */
  #gate(key: string, open: boolean): Gate {
    const client = this.#client;
    const name = client instanceof Cluster ? (client.slots[hashSlot(key)]?.[0] ?? "") : "";
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      const probe = `${key}:probe`;
      gate = new Gate(
        {
          clock: this.#clock,
          commandMs: this.#commandMs,
          ask: () => this.#ask(probe),
          changed: (changed, cause) => {
            this.#changed(name, changed, cause);
          },
        },
        open,
      );
      this.#gates.set(name, gate);
    }
    return gate;
  }

  async #ask(probe: string): Promise<void> {
    const client = this.#client;
    if (client.status !== "ready") throw new RedisUnavailableError("not connected");
    // At first all masters are waited for: commands for those that are not connected yet would be refused.
    if (!this.#available && client instanceof Cluster && client.nodes("master").some(isConnecting))
      throw new RedisUnavailableError("not connected to all masters");
    // A write, since a Redis that is full or read-only is of no use to us, and a look at what was written, since
    // something else than Redis may agree to everything.
    try {
      const asked = Promise.all([client.set(probe, probeValue, "PX", 1_000), client.get(probe)]);
      const [status, value]: readonly unknown[] = await withinLimit(this.#clock, asked, this.#commandMs);
      if (status !== "OK" || value !== probeValue) throw new BadReplyError("something else than what was written");
    } catch (error) {
      this.#absence.note(error);
      throw error;
    }
  }

  #changed(name: string, gate: Gate, cause: unknown): void {
    if (gate.open) this.#absence.ends(name);
    else this.#absence.begins(cause, name);
    const available = this.#client.status === "ready" && this.#anyOpen();
    if (available === this.#available) return;
    this.#available = available;
    for (const listener of this.#listeners) listener(available);
  }

  /** Masters that were never asked are worth a try. */
  #anyOpen(): boolean {
    const client = this.#client;
    const masters = client instanceof Cluster ? client.nodes("master").length : 1;
    let shut = 0;
    let open = false;
    for (const [name, gate] of this.#gates) {
      if (!gate.open) shut += 1;
      else if (name !== "") open = true;
    }
    return open || shut < Math.max(1, masters);
  }
}
