import { TransportError } from "@modelyard/core";
import { toTransportError } from "../failure.js";
import { AnswerReader, type AnswerSink, headerOf, type HeaderPlaces } from "./answer-reader.js";
import type { Carrier, Exchange } from "./exchange.js";
import { requestHead } from "./request-head.js";
import type { Connect, Wire } from "./wire.js";

export interface ConnectionOptions {
  readonly connect: Connect;
  readonly origin: string;
  readonly keepAliveMs: number;
  /** It is free again. */
  readonly onFree: (connection: Connection) => void;
  /** It is no more. */
  readonly onGone: (connection: Connection) => void;
}

/** Bodies up to so many characters leave in one piece with their head; putting longer ones together costs more. */
const shortBody = 16 * 1024;
/** Host and we look at different clocks, and what was sent needs its time: so much earlier than the host says. */
const hintMarginMs = 1_000;
const longestHintMs = 600_000;
/** Characters that are one byte in a head and two in a body. */
const twofold = /[\u0080-\u00FF]/u;

/** One connection, which carries one exchange at a time. */
export class Connection implements Carrier, AnswerSink {
  readonly #options: ConnectionOptions;
  readonly #host: string;
  readonly #wire: Wire;
  readonly #reader = new AnswerReader(this);
  #exchange: Exchange | undefined;
  #standing = false;
  #gone = false;
  #more = true;
  /** How long it may be idle; what the host said last counts. */
  #keepMs: number;
  /** Until when it may be used, on the platform's clock that never goes back. */
  #usableUntil = Number.POSITIVE_INFINITY;
  #busy = true;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#keepMs = options.keepAliveMs;
    const { protocol, hostname, port, host } = new URL(options.origin);
    this.#host = host;
    this.#wire = options.connect({
      protocol,
      host: hostname.replace(/^\[(?<address>.*)\]$/u, "$<address>"),
      port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
      onStanding: () => {
        this.#stand();
      },
      onBytes: (bytes) => this.#read(bytes),
    });
    const broken = (error?: Error): void => {
      this.#broke(error);
    };
    this.#wire.on("error", broken);
    this.#wire.on("end", broken);
    this.#wire.on("close", broken);
  }

  /** Until when it may lie idle. */
  get usableUntil(): number {
    return this.#usableUntil;
  }

  run(exchange: Exchange): void {
    this.#exchange = exchange;
    exchange.lane = this;
    if (!this.#busy) {
      this.#busy = true;
      this.#wire.ref();
    }
    if (this.#standing) this.#send(exchange);
    else exchange.awaitConnection();
  }

  resume(): void {
    if (this.#more) return;
    this.#more = true;
    this.#wire.resume();
  }

  /** The exchange failed or was called off: what may still come for it cannot be told from what is next. */
  abandon(): void {
    this.#exchange = undefined;
    this.close();
  }

  close(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#wire.destroy();
    this.#options.onGone(this);
  }

  onHead(status: number, head: string, places: HeaderPlaces): void {
    const hint = headerOf(head, places, "keep-alive");
    const seconds = hint === undefined ? undefined : /\btimeout=(?<seconds>\d{1,9})/iu.exec(hint)?.groups?.["seconds"];
    this.#keepMs =
      seconds === undefined
        ? this.#options.keepAliveMs
        : Math.min(Number(seconds) * 1_000 - hintMarginMs, longestHintMs);
    this.#exchange?.onHead(status, head, places);
  }

  onBody(bytes: Uint8Array): void {
    if (this.#exchange?.onData(bytes) === false) this.#more = false;
  }

  onEnd(reusable: boolean): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    // A host that answered before it had everything may take the rest for the next request.
    if (reusable && this.#keepMs > 0 && this.#wire.writableLength === 0) this.#rest();
    else this.close();
    exchange?.onComplete();
  }

  #rest(): void {
    this.#busy = false;
    // Connections that wait keep no process alive.
    this.#wire.unref();
    this.#usableUntil = performance.now() + this.#keepMs;
    this.resume();
    this.#options.onFree(this);
  }

  #stand(): void {
    if (this.#gone) return;
    this.#standing = true;
    if (this.#exchange !== undefined) this.#send(this.#exchange);
  }

  #send(exchange: Exchange): void {
    const { request } = exchange;
    const { body } = request;
    let head: string;
    try {
      const length = typeof body === "string" ? Buffer.byteLength(body) : body?.length;
      head = requestHead(request, this.#host, length ?? (request.method === "POST" ? 0 : undefined));
    } catch (error) {
      exchange.fail(error);
      return;
    }
    this.#reader.expect();
    exchange.onSent();
    const wire = this.#wire;
    if (body === undefined) wire.write(head, "latin1");
    else if (typeof body === "string" && body.length <= shortBody && !twofold.test(head))
      wire.write(head + body, "utf8");
    else {
      wire.cork();
      wire.write(head, "latin1");
      wire.write(body, "utf8");
      wire.uncork();
    }
  }

  #read(bytes: Buffer): boolean {
    if (this.#exchange === undefined) {
      // Nothing was asked.
      this.close();
      return false;
    }
    try {
      this.#reader.read(bytes);
    } catch (error) {
      this.#broke(error);
    }
    return this.#more;
  }

  /** The connection ended, well or not. */
  #broke(error: unknown): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      this.close();
      return;
    }
    if (error === undefined && this.#reader.end()) return;
    const { request } = exchange;
    exchange.fail(
      error === undefined
        ? new TransportError(this.#standing ? "reset" : "connect", `${request.origin}: the connection was closed`, {
            code: "ECONNRESET",
          })
        : toTransportError(error, request, this.#standing ? "reset" : "connect"),
    );
  }
}
