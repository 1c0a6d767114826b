import { type Transport, TransportError, type TransportRequest, type TransportResponse } from "@modelyard/core";
import { rejected } from "../failure.js";
import type { TransportOptions } from "../options.js";
import { ConnectionPool } from "./connection-pool.js";
import { Exchange } from "./exchange.js";
import type { Connect } from "./wire.js";

/**
 * {@link Transport} over sockets of our own: HTTP/1.1, one exchange at a time on a connection, no `fetch`, no web
 * streams, no limits but the request's own; a connection that is being made for nobody any more is given up at once.
 */
export class SocketTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #connect: Connect;
  readonly #pools = new Map<string, ConnectionPool>();
  #closed: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: TransportOptions, connect: Connect) {
    this.#options = options;
    this.#connect = connect;
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    if (request.cancellation?.cancelled === true) return rejected(request.cancellation.reason);
    if (this.#closed !== undefined) {
      return Promise.reject(new TransportError("connect", `${request.origin}: this transport is closed`));
    }
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(request, resolve, reject);
      this.#pool(request.origin).run(exchange);
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const pool of this.#pools.values()) pool.close();
    this.#checkEmpty();
    await empty;
  }

  #pool(origin: string): ConnectionPool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      const { connections = Infinity, keepAliveMs = origin.startsWith("https:") ? 30_000 : 4_000 } = this.#options;
      pool = new ConnectionPool({
        connect: this.#connect,
        origin,
        connections,
        keepAliveMs,
        onEmpty: () => {
          this.#pools.delete(origin);
          this.#checkEmpty();
        },
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }

  #checkEmpty(): void {
    if (this.#pools.size === 0) this.#onEmpty?.();
  }
}
