import type { Socket } from "node:net";
import {
  rejected,
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from "@modelyard/core/kit";
import type { Client } from "undici";
import { isPublicOrigin, longestMs, notPublic, toTransportError } from "../failure.js";
import type { TransportOptions } from "../options.js";
import { type Carrier, Exchange } from "./exchange.js";
import { InterimResponses } from "./interim-responses.js";
import type { Connector } from "./public-lookup.js";
import { loadUndici, type TlsOptions, type Undici } from "./undici.js";

/**
 * {@link Transport} over undici's clients, one to a connection: no `fetch`, no web streams, no limits but the request's
 * own, and a connection that is being made is closed at once when no request needs it any more.
 */
export class DispatchTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #tls: () => TlsOptions;
  readonly #pools = new Map<string, ConnectionPool>();
  #undici: Undici | undefined;
  #loading: Promise<Undici> | undefined;
  #closed: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  /** @param tls - called when it is first needed */
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
      // Only the choice of a pool depends on it, so the exchange does not keep it.
      const isPublic = request.publicOnly === true;
      if (this.#undici === undefined) this.#startLater(exchange, isPublic);
      else this.#pool(exchange.origin, isPublic, this.#undici).run(exchange);
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // Requests that are waiting for undici to load still start, and are waited for.
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
    this.#loading ??= loadUndici(this.#tls);
    this.#loading.then(
      (undici) => {
        this.#undici = undici;
        if (!exchange.over) this.#pool(exchange.origin, isPublic, undici).run(exchange);
      },
      (error: unknown) => {
        this.#loading = undefined;
        exchange.fail(toTransportError(error, exchange.origin, "connect"));
      },
    );
  }

  #pool(origin: string, isPublic: boolean, undici: Undici): ConnectionPool {
    // An open connection is not checked again, so those that may lead to private addresses are kept apart.
    const key = isPublic ? `public ${origin}` : origin;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      const { connections = Infinity, keepAliveMs = origin.startsWith("https:") ? 30_000 : 4_000 } = this.#options;
      pool = new ConnectionPool({
        Client: undici.Client,
        connect: isPublic ? undici.connectPublic : undici.connect,
        origin,
        most: connections,
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

interface PoolOptions extends Pick<Undici, "Client" | "connect"> {
  readonly origin: string;
  /** The most connections that may be open. */
  readonly most: number;
  readonly keepAliveMs: number;
  /** No connection is open, and no request waits for one. */
  readonly onEmpty: () => void;
}

/** The connections to one host. The most recently used is used first: those that are not needed grow old and close. */
class ConnectionPool {
  readonly options: PoolOptions;
  readonly #idle: PooledConnection[] = [];
  readonly #waiting = new Set<Exchange>();
  #connections = 0;
  #closing = false;

  constructor(options: PoolOptions) {
    this.options = options;
  }

  run(exchange: Exchange): void {
    const connection = this.#idle.pop();
    if (connection !== undefined) connection.run(exchange);
    else if (this.#connections < this.options.most) this.#open(exchange);
    else {
      this.#waiting.add(exchange);
      exchange.queue = this.#waiting;
      exchange.awaitConnection();
    }
  }

  /** Closes the idle connections now, and the others when they become idle. */
  close(): void {
    this.#closing = true;
    for (const connection of this.#idle.slice()) connection.close();
  }

  /** Takes back a connection whose exchange has ended. */
  free(connection: PooledConnection): void {
    if (this.#waiting.size === 0) this.#rest(connection);
    else {
      // Later, since undici is still at work on the exchange that just ended.
      queueMicrotask(() => {
        const exchange = this.#nextWaiting();
        if (exchange === undefined) this.#rest(connection);
        else connection.run(exchange);
      });
    }
  }

  /** Drops a connection that is closed. */
  drop(connection: PooledConnection): void {
    const index = this.#idle.lastIndexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#oneLess();
  }

  #open(exchange: Exchange): void {
    this.#connections += 1;
    let connection: PooledConnection;
    try {
      connection = new PooledConnection(this);
    } catch (thrown) {
      // undici does not accept the origin.
      exchange.fail(toTransportError(thrown, exchange.origin, "connect"));
      this.#oneLess();
      return;
    }
    connection.run(exchange);
  }

  #rest(connection: PooledConnection): void {
    if (this.#closing) connection.close();
    else this.#idle.push(connection);
  }

  #oneLess(): void {
    this.#connections -= 1;
    const exchange = this.#nextWaiting();
    if (exchange !== undefined) this.#open(exchange);
    else if (this.#connections === 0) this.options.onEmpty();
  }

  #nextWaiting(): Exchange | undefined {
    const [exchange] = this.#waiting;
    if (exchange !== undefined) this.#waiting.delete(exchange);
    return exchange;
  }
}

const nothing = (): void => undefined;
/** Where the status of an answer begins: `HTTP/1.1 200`. Those of interim responses begin with a 1. */
const statusAt = 9;
const digitOne = 49;

/** One connection, which carries one exchange at a time. */
class PooledConnection implements Carrier {
  readonly #pool: ConnectionPool;
  readonly #client: Client;
  #exchange: Exchange | undefined;
  /** Set while it connects. */
  #socket: Socket | undefined;
  #connected = false;
  #closed = false;
  /** Whether a request was sent whose answer has not begun. */
  #awaitsAnswer = false;
  /** Set when the first bytes may not be the beginning of the answer. */
  #interim: InterimResponses | undefined;

  constructor(pool: ConnectionPool) {
    this.#pool = pool;
    const { Client: UndiciClient, connect, origin, keepAliveMs } = pool.options;
    this.#client = new UndiciClient(origin, {
      // Each request has its own limits: undici's hidden ones, of 300 s, are off.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: keepAliveMs,
      connect: (...[target, callback]: Parameters<Connector>) => {
        this.#socket = connect(target, (...result) => {
          const [error, socket] = result;
          if (error === null) this.#filter(socket);
          callback(...result);
        }) as Socket;
      },
    });
    this.#client.on("connect", () => {
      this.#socket = undefined;
      this.#connected = true;
    });
    this.#client.on("disconnect", () => {
      this.#connected = false;
      // undici sends an exchange that had not begun on a new connection.
      if (this.#exchange === undefined) this.close();
      else this.#exchange.awaitConnection();
    });
  }

  run(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#awaitsAnswer = true;
    this.#interim = undefined;
    // Before the dispatch, which may fail at once.
    exchange.carrier = this;
    if (!this.#connected) exchange.awaitConnection();
    exchange.sendBy(this.#client);
  }

  ended(well: boolean): void {
    this.#exchange = undefined;
    if (well) this.#pool.free(this);
    else this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket?.destroy(new Error("the request was aborted"));
    // Later, since undici may be at work on it.
    queueMicrotask(() => {
      this.#client.destroy(null, nothing);
    });
    this.#pool.drop(this);
  }

  /** Keeps interim responses from undici, which reads from the socket by `read()`. */
  #filter(socket: Socket): void {
    this.#interim = undefined;
    const { read } = socket as { readonly read: (this: Socket, size?: number) => Buffer | null };
    socket.read = (size?: number): Buffer | null => {
      for (;;) {
        const chunk = read.call(socket, size);
        if (chunk === null || !this.#awaitsAnswer) return chunk;
        const rest = this.#answerIn(chunk);
        if (rest !== undefined) return rest;
      }
    };
  }

  /** @returns the beginning of the answer; `undefined`: it has not come yet */
  #answerIn(chunk: Buffer): Buffer | undefined {
    if (this.#interim === undefined && (chunk[statusAt] ?? digitOne) === digitOne)
      this.#interim = new InterimResponses();
    const answer = this.#interim === undefined ? chunk : this.#interim.filter(chunk);
    if (answer !== undefined) this.#awaitsAnswer = false;
    return answer;
  }
}
