import { Connection, type ConnectionOptions } from "./connection.js";
import type { Exchange } from "./exchange.js";

export interface PoolOptions extends Omit<ConnectionOptions, "onFree" | "onGone"> {
  readonly connections: number;
  /** Nothing is open or waits any more. */
  readonly onEmpty: () => void;
}

/** The connections to one host. The one that was used last is used first: those that are not needed grow old and close. */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #made: ConnectionOptions;
  /** The last one was used last. */
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<Exchange>();
  #count = 0;
  #closing = false;
  /** One timer for all idle connections. */
  #sweeper: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#made = {
      ...options,
      onFree: (connection) => {
        this.#free(connection);
      },
      onGone: (connection) => {
        this.#forget(connection);
      },
    };
  }

  run(exchange: Exchange): void {
    const connection = this.#takeIdle();
    if (connection !== undefined) connection.run(exchange);
    else if (this.#count < this.#options.connections) this.#open(exchange);
    else {
      this.#waiting.add(exchange);
      exchange.queue = this.#waiting;
      exchange.awaitConnection();
    }
  }

  /** Closes what is idle now, and the rest when it becomes so. */
  close(): void {
    this.#closing = true;
    for (const connection of this.#idle.slice()) connection.close();
  }

  /** The host may have hung up on one that lay too long, without our having heard of it. */
  #takeIdle(): Connection | undefined {
    let connection = this.#idle.pop();
    while (connection !== undefined && connection.usableUntil <= performance.now()) {
      connection.close();
      connection = this.#idle.pop();
    }
    return connection;
  }

  #open(exchange: Exchange): void {
    this.#count += 1;
    new Connection(this.#made).run(exchange);
  }

  #free(connection: Connection): void {
    if (this.#waiting.size > 0) {
      // Not amid the end of the exchange before.
      queueMicrotask(() => {
        const exchange = this.#nextWaiting();
        if (exchange === undefined) this.#rest(connection);
        else connection.run(exchange);
      });
    } else this.#rest(connection);
  }

  #rest(connection: Connection): void {
    if (this.#closing) connection.close();
    else {
      this.#idle.push(connection);
      this.#sweepLater();
    }
  }

  #forget(connection: Connection): void {
    this.#count -= 1;
    const index = this.#idle.lastIndexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    const exchange = this.#nextWaiting();
    if (exchange !== undefined) this.#open(exchange);
    else if (this.#count === 0) {
      clearTimeout(this.#sweeper);
      this.#sweeper = undefined;
      this.#options.onEmpty();
    }
  }

  #sweepLater(): void {
    if (this.#sweeper !== undefined) return;
    let soonest = Number.POSITIVE_INFINITY;
    for (const { usableUntil } of this.#idle) soonest = Math.min(soonest, usableUntil);
    if (soonest === Number.POSITIVE_INFINITY) return;
    const sweeper = setTimeout(
      () => {
        this.#sweep();
      },
      Math.max(1, Math.ceil(soonest - performance.now())),
    );
    sweeper.unref();
    this.#sweeper = sweeper;
  }

  #sweep(): void {
    this.#sweeper = undefined;
    const now = performance.now();
    for (const connection of this.#idle.slice()) if (connection.usableUntil <= now) connection.close();
    this.#sweepLater();
  }

  #nextWaiting(): Exchange | undefined {
    const [exchange] = this.#waiting;
    if (exchange !== undefined) this.#waiting.delete(exchange);
    return exchange;
  }
}
