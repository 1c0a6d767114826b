import {
  rejected,
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from "@modelyard/core/kit";
import { isPublicOrigin, longestMs, notPublic, toTransportError } from "../failure.js";
import type { TransportOptions } from "../options.js";
import { ConnectionPool } from "./connection-pool.js";
import { Exchange } from "./exchange.js";
import type { Connector } from "./lane.js";
import { publicLookup, publicOnly } from "./public-lookup.js";
import { loadUndici, type Undici } from "./undici.js";

/** What `tls.connect` is told. */
export type TlsOptions = Readonly<Record<string, unknown>>;

interface Loaded {
  readonly undici: Undici;
  readonly connector: Connector;
  /** For requests that may only go to public addresses. */
  readonly publicConnector: Connector;
}

/**
 * {@link Transport} over undici's clients, one to a connection: no `fetch`, no web streams, no limits but the
 * request's own, and a connection that is being made for nobody any more is given up at once.
 */
export class DispatchTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #tls: () => TlsOptions;
  readonly #pools = new Map<string, ConnectionPool>();
  #loaded: Loaded | undefined;
  #loading: Promise<Loaded> | undefined;
  #closed: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  /** @param tls - made when first needed */
  constructor(options: TransportOptions, tls: () => TlsOptions) {
    this.#options = options;
    this.#tls = tls;
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    if (request.cancellation?.cancelled === true) return rejected(request.cancellation.reason);
    if (request.publicOnly === true && !isPublicOrigin(request.origin)) return rejected(notPublic(request.origin));
    if (this.#closed !== undefined) {
      return Promise.reject(new TransportError("connect", `${request.origin}: this transport is closed`));
    }
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(request, resolve, reject);
      // Only the choice of a pool asks for it, so that the exchange need not keep it.
      const isPublic = request.publicOnly === true;
      if (this.#loaded === undefined) this.#startLater(exchange, isPublic);
      else this.#pool(exchange.origin, isPublic, this.#loaded).run(exchange);
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // Requests that wait for undici itself still start, and are waited for.
    await this.#loading?.catch(() => undefined);
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const pool of this.#pools.values()) pool.close();
    this.#checkEmpty();
    await empty;
  }

  #startLater(exchange: Exchange, isPublic: boolean): void {
    exchange.awaitConnection();
    this.#loading ??= this.#load();
    this.#loading.then(
      (loaded) => {
        if (!exchange.over) this.#pool(exchange.origin, isPublic, loaded).run(exchange);
      },
      (error: unknown) => {
        this.#loading = undefined;
        exchange.fail(toTransportError(error, exchange.origin, "connect"));
      },
    );
  }

  async #load(): Promise<Loaded> {
    const undici = await loadUndici();
    // `timeout: 0`: how long a connection may take is said by each request.
    const options = { timeout: 0, ...this.#tls() };
    this.#loaded = {
      undici,
      connector: undici.buildConnector(options),
      publicConnector: publicOnly(undici.buildConnector({ ...options, lookup: publicLookup })),
    };
    return this.#loaded;
  }

  #pool(origin: string, isPublic: boolean, loaded: Loaded): ConnectionPool {
    // A connection that stands is not checked again: those that may lead inside are for others.
    const key = isPublic ? `public ${origin}` : origin;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      const { connections = Infinity, keepAliveMs = origin.startsWith("https:") ? 30_000 : 4_000 } = this.#options;
      pool = new ConnectionPool({
        undici: loaded.undici,
        connector: isPublic ? loaded.publicConnector : loaded.connector,
        origin,
        connections,
        keepAliveMs: Math.min(keepAliveMs, longestMs),
        onEmpty: () => {
          this.#pools.delete(key);
          this.#checkEmpty();
        },
      });
      this.#pools.set(key, pool);
    }
    return pool;
  }

  #checkEmpty(): void {
    if (this.#pools.size === 0) this.#onEmpty?.();
  }
}
