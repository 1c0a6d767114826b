import {
  type Cancellable,
  rejected,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from "@modelyard/core/kit";
import type { Dispatcher } from "undici";
import { lastMs, longestMs, mostLeft, timedOut, toTransportError } from "../failure.js";

/** Bytes that may wait for a slow reader before the connection is paused. */
const mostWaiting = 64 * 1024;
/** Created once: it is not shown, and capturing a stack is expensive. */
const aborted = new TransportError("reset", "the request was aborted");

/** What carries an exchange: a connection. */
export interface Carrier {
  /** The exchange is over. @param well - whether its last byte was read, so that the connection can be used again */
  ended(well: boolean): void;
}

interface Reader<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
}

const nothing = new Uint8Array();

const expire = (exchange: Exchange): void => {
  exchange.expire();
};

/**
 * One request and its answer. It is undici's handler, our response and its body in one object. undici's older form of
 * handlers saves two objects per call, and the parsing of headers that are never read.
 */
export class Exchange implements TransportResponse, Cancellable, AsyncIterator<Uint8Array>, Dispatcher.DispatchHandler {
  status = 0;
  readonly origin: string;
  /** `undefined` while it waits for a connection. */
  carrier: Carrier | undefined;
  /** Where it waits for one. */
  queue: Set<Exchange> | undefined;
  /** Nothing more will happen to it. */
  over = false;
  /** Set until it is sent, so that its body is not kept while the answer is awaited. */
  #request: TransportRequest | undefined;
  readonly #cancellation: TransportRequest["cancellation"];
  readonly #connectMs: number | undefined;
  readonly #headersMs: number | undefined;
  readonly #resolve: (response: TransportResponse) => void;
  readonly #reject: (reason: unknown) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: ((error?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #headers: readonly Buffer[] = [];
  #answered = false;
  /** The rest of the body is not needed. Its end is awaited so that the connection can be used again. */
  #lingering = false;
  #failed = false;
  #failure: unknown;
  #chunks: Uint8Array[] = [];
  #size = 0;
  /** A longer body is cut off, in bytes. */
  #limit: number | undefined = undefined;
  #paused = false;
  #whole: Reader<Uint8Array> | undefined;
  #next: Reader<IteratorResult<Uint8Array>> | undefined;

  constructor(
    request: TransportRequest,
    resolve: (response: TransportResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#request = request;
    this.origin = request.origin;
    this.#cancellation = request.cancellation;
    this.#connectMs = request.connectMs;
    this.#headersMs = request.headersMs;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#cancellation?.add(this);
  }

  /** The caller aborted the request. */
  cancel(reason: unknown): void {
    this.fail(reason);
  }

  /** Sends the request on a connection of undici's, which keeps what it needs of the request. */
  sendBy(client: Pick<Dispatcher, "dispatch">): void {
    const request = this.#request;
    this.#request = undefined;
    if (request !== undefined) client.dispatch(request, this);
  }

  /** Starts the timer for connecting. */
  awaitConnection(): void {
    if (this.over || this.#abort !== undefined || this.#timer !== undefined) return;
    const connectMs = this.#connectMs;
    if (connectMs !== undefined) this.#timer = setTimeout(expire, Math.min(connectMs, longestMs), this);
  }

  /** The time limit of the current phase has passed. */
  expire(): void {
    this.#timer = undefined;
    if (this.#lingering) this.fail(aborted);
    else if (this.#abort === undefined) this.fail(timedOut(this.origin, "connection", this.#connectMs ?? 0));
    else this.fail(timedOut(this.origin, "status and headers", this.#headersMs ?? 0));
  }

  /** undici calls this when the connection is open, just before it sends the request. */
  onConnect(abort: (error?: Error) => void): void {
    this.#stopTimer();
    if (this.over) {
      abort(aborted);
      return;
    }
    this.#abort = abort;
    const headersMs = this.#headersMs;
    if (headersMs !== undefined) this.#timer = setTimeout(expire, Math.min(headersMs, longestMs), this);
  }

  onHeaders(status: number, headers: readonly Buffer[], resume: () => void): boolean {
    if (status < 200) {
      // Only an excess of them arrives here: see interim-responses.ts.
      this.fail(new TransportError("reset", `${this.origin}: too many interim responses (${String(status)})`));
      return true;
    }
    this.#stopTimer();
    this.status = status;
    this.#headers = headers;
    this.#resume = resume;
    this.#answered = true;
    this.#resolve(this);
    return true;
  }

  onData(chunk: Uint8Array): boolean {
    const next = this.#next;
    if (next !== undefined) {
      this.#next = undefined;
      next.resolve({ done: false, value: chunk });
      return true;
    }
    this.#size += chunk.length;
    if (this.#lingering) {
      if (this.#size > mostLeft) this.fail(aborted);
      return true;
    }
    this.#chunks.push(chunk);
    if (this.#limit !== undefined && this.#size > this.#limit) this.#cut();
    this.#paused = this.#whole === undefined && this.#size > mostWaiting;
    return !this.#paused;
  }

  onComplete(): void {
    this.#end();
    this.carrier?.ended(true);
    this.#whole?.resolve(this.#take());
    this.#next?.resolve({ done: true, value: undefined });
  }

  onError(error: Error): void {
    if (this.over) return;
    this.fail(toTransportError(error, this.origin, this.#abort === undefined ? "connect" : "reset"));
  }

  /** Ends it at once, in any phase. */
  fail(reason: unknown): void {
    if (this.over) return;
    this.#end();
    this.#failed = true;
    this.#failure = reason;
    this.#chunks = [];
    this.#abort?.(aborted);
    this.queue?.delete(this);
    this.carrier?.ended(false);
    if (!this.#answered) this.#reject(reason);
    this.#whole?.reject(reason);
    this.#next?.reject(reason);
  }

  header(name: string): string | undefined {
    const headers = this.#headers;
    let found: string | undefined;
    for (let index = 0; index < headers.length; index += 2) {
      if (!isName(headers[index], name)) continue;
      // Each byte is a character: RFC 9110, section 5.5.
      const value = headers[index + 1]?.toString("latin1") ?? "";
      found = found === undefined ? value : `${found}, ${value}`;
    }
    return found;
  }

  bytes(limit?: number): Promise<Uint8Array> {
    if (this.#failed) return rejected(this.#failure);
    if (this.over) return Promise.resolve(this.#take());
    return new Promise((resolve, reject) => {
      this.#whole = { resolve, reject };
      this.#limit = limit;
      if (limit !== undefined && this.#size > limit) this.#cut();
      else this.#goOn();
    });
  }

  body(): AsyncIterable<Uint8Array> {
    return this;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next bytes of the body. */
  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#chunks.length > 0) {
      // Pieces that came in one turn are passed on together: each delivery costs more than a copy.
      const value = this.#take();
      this.#goOn();
      return Promise.resolve({ done: false, value });
    }
    if (this.#failed) return rejected(this.#failure);
    if (this.over) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#next = { resolve, reject };
    });
  }

  /** The reader does not want the rest of the body. */
  return(): Promise<IteratorResult<Uint8Array>> {
    this.discard();
    return Promise.resolve({ done: true, value: undefined });
  }

  discard(): void {
    this.fail(aborted);
  }

  finish(): void {
    if (this.over || this.#lingering) return;
    this.#lingering = true;
    this.#chunks = [];
    this.#size = 0;
    this.#forgetCaller();
    this.#timer = setTimeout(expire, lastMs, this);
    this.#goOn();
  }

  /** The body is too long: its reader gets what has come, and the rest is discarded. */
  #cut(): void {
    const whole = this.#whole;
    this.#whole = undefined;
    whole?.resolve(this.#take());
    this.fail(aborted);
  }

  #take(): Uint8Array {
    const [first = nothing] = this.#chunks;
    const bytes = this.#chunks.length <= 1 ? first : Buffer.concat(this.#chunks, this.#size);
    this.#chunks = [];
    this.#size = 0;
    return bytes;
  }

  #goOn(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#resume?.();
  }

  #end(): void {
    this.over = true;
    this.#stopTimer();
    this.#forgetCaller();
  }

  #forgetCaller(): void {
    this.#cancellation?.remove(this);
  }

  #stopTimer(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Whether these bytes spell `name`, which is in lower case. */
function isName(bytes: Uint8Array | undefined, name: string): boolean {
  if (bytes?.length !== name.length) return false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if ((byte >= 65 && byte <= 90 ? byte + 32 : byte) !== name.charCodeAt(index)) return false;
  }
  return true;
}
