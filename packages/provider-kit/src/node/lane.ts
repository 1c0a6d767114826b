import type { Client } from "undici";
import type { Carrier, Exchange } from "./exchange.js";
import { filterInterim, InterimResponses } from "./interim-responses.js";
import type { Undici } from "./undici.js";

/** How connections are made: one for the whole transport, so that TLS sessions are shared. It returns the socket. */
export type Connector = (...given: Parameters<ReturnType<Undici["buildConnector"]>>) => unknown;

export interface LaneOptions {
  readonly undici: Undici;
  readonly connector: Connector;
  readonly origin: string;
  readonly keepAliveMs: number;
  /** The lane is free again. */
  readonly onFree: (lane: Lane) => void;
  /** The lane is no more. */
  readonly onGone: (lane: Lane) => void;
}

/** A socket on its way to a connection. */
interface Connecting {
  destroy(error: Error): unknown;
}

const nothing = (): void => undefined;

/** One connection, which carries one exchange at a time. */
export class Lane implements Carrier {
  readonly #options: LaneOptions;
  readonly #client: Client;
  readonly #interim = new InterimResponses();
  #exchange: Exchange | undefined;
  /** While it connects. */
  #socket: Connecting | undefined;
  #standing = false;
  #gone = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    const connect = options.connector as (...given: Parameters<Connector>) => Connecting;
    this.#client = new options.undici.Client(options.origin, {
      // Limits are the request's own: undici's hidden ones, of 300 s, are off.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: options.keepAliveMs,
      connect: (target, callback) => {
        this.#socket = connect(target, (...result) => {
          const [error, socket] = result;
          if (error === null) filterInterim(socket, this.#interim);
          callback(...result);
        });
      },
    });
    this.#client.on("connect", () => {
      this.#socket = undefined;
      this.#standing = true;
    });
    this.#client.on("disconnect", () => {
      this.#standing = false;
      // An exchange that had not begun goes out on a new connection, by undici's doing.
      if (this.#exchange === undefined) this.close();
      else this.#exchange.awaitConnection();
    });
  }

  run(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#interim.expect();
    // Before the dispatch, which may fail there and then.
    exchange.lane = this;
    if (!this.#standing) exchange.awaitConnection();
    exchange.sendBy(this.#client);
  }

  ended(well: boolean): void {
    this.#exchange = undefined;
    if (well) this.#options.onFree(this);
    else this.close();
  }

  close(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket?.destroy(new Error("called off"));
    // Not amid undici's own work.
    queueMicrotask(() => {
      this.#client.destroy(null, nothing);
    });
    this.#options.onGone(this);
  }
}
