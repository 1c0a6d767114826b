import type { Clock, Logger } from "@modelyard/core";
import { systemRandom } from "@modelyard/core/kit";
import { Cluster, Redis } from "ioredis";
import type { RedisClient } from "./client.js";
import { BadReplyError, nameOf } from "./errors.js";
import { guardReplies } from "./guard-replies.js";

/** Wait before a subscription that ended moves on to another node of a Cluster, in milliseconds. */
const moveMs = 500;

export interface SubscriberOptions {
  /** The client whose server to subscribe to; a separate connection is made to it. */
  readonly client: RedisClient;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Listens to channels on a separate connection, which is replaced whenever it ends. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #listeners = new Map<string, Set<(message: string) => void>>();
  #connection: Redis | undefined;
  #timer: unknown;
  #closed = false;
  /** An invalid message has been logged, and no valid one has arrived since. */
  #warned = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#connect();
  }

  subscribe(channel: string, listener: (message: string) => void): void {
    const known = this.#listeners.get(channel);
    if (known !== undefined) {
      known.add(listener);
      return;
    }
    this.#listeners.set(channel, new Set([listener]));
    if (this.#connection !== undefined) this.#ask(this.#connection, channel);
  }

  close(): void {
    this.#closed = true;
    this.#options.clock.clearTimer(this.#timer);
    this.#connection?.disconnect();
  }

  #connect(): void {
    if (this.#closed) return;
    const connection = this.#duplicate();
    this.#connection = connection;
    if (connection === undefined) {
      this.#connectLater();
      return;
    }
    guardReplies(connection, "channels");
    connection.on("error", (error: unknown) => {
      this.#failed(error);
    });
    connection.on("message", (channel: string, message: string) => {
      this.#warned = false;
      for (const listener of this.#listeners.get(channel) ?? []) listener(message);
    });
    connection.on("end", () => {
      if (connection === this.#connection) this.#connectLater();
    });
    for (const channel of this.#listeners.keys()) this.#ask(connection, channel);
  }

  /** A message reaches all nodes of a Cluster, so any of them will do. */
  #duplicate(): Redis | undefined {
    const { client } = this.#options;
    const again = { enableOfflineQueue: true, maxRetriesPerRequest: null };
    if (!(client instanceof Cluster)) return client.duplicate(again);
    const nodes = client.nodes("master");
    const node = nodes[Math.floor(systemRandom.next() * nodes.length)];
    // The prototype's method: that of a guarded node makes copies for commands.
    return node === undefined ? undefined : Redis.prototype.duplicate.call(node, { ...again, lazyConnect: false });
  }

  #connectLater(): void {
    if (this.#closed) return;
    const { clock } = this.#options;
    this.#timer = clock.setTimer(() => {
      this.#connect();
    }, moveMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #ask(connection: Redis, channel: string): void {
    connection.subscribe(channel).catch((error: unknown) => {
      this.#options.logger.debug({ error: nameOf(error) }, "Redis: could not subscribe to a channel");
    });
  }

  #failed(error: unknown): void {
    const { logger } = this.#options;
    if (!(error instanceof BadReplyError) || this.#warned) {
      logger.debug({ error: nameOf(error) }, "Redis: the subscription failed and is being renewed");
      return;
    }
    this.#warned = true;
    logger.warn({ error: nameOf(error) }, "Redis: the subscription failed and is being renewed");
  }
}
