import type { CancelListener, TransportRequest, TransportResponse } from "@modelyard/core";
import { TransportError } from "@modelyard/core";
import { join, lastMs, mostLeft, rejected, timedOut } from "../failure.js";
import { headerOf, type HeaderPlaces } from "./answer-reader.js";

/** Bytes that wait for a slow reader before the sender is asked to stop. */
const mostWaiting = 64 * 1024;
/** Made once: nobody sees it, and stacks are dear. */
const calledOff = new TransportError("reset", "called off");

/** What carries an exchange: a connection. */
export interface Carrier {
  /** Goes on reading, after `onData` asked to stop. */
  resume(): void;
  /** The exchange ended before its last byte: the connection cannot be used again. */
  abandon(): void;
}

const nowhere: HeaderPlaces = [];

interface Reader<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
}

const expire = (exchange: Exchange): void => {
  exchange.expire();
};

/** One request and its answer: what its connection tells, and what the caller reads, in one object. */
export class Exchange implements TransportResponse {
  status = 0;
  readonly request: TransportRequest;
  /** Where it runs; `undefined` while it waits for a connection. */
  lane: Carrier | undefined;
  /** Where it waits for one. */
  queue: Set<Exchange> | undefined;
  /** Nothing more will happen to it. */
  over = false;
  readonly #resolve: (response: TransportResponse) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #onCancel: CancelListener | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sent = false;
  #head = "";
  #places: HeaderPlaces = nowhere;
  #answered = false;
  /** Nobody reads any more; the end is awaited for the connection's sake. */
  #lingering = false;
  #failed = false;
  #failure: unknown;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #paused = false;
  #whole: Reader<Uint8Array> | undefined;
  #next: Reader<IteratorResult<Uint8Array>> | undefined;

  constructor(
    request: TransportRequest,
    resolve: (response: TransportResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    this.request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    const { cancellation } = request;
    if (cancellation === undefined) return;
    this.#onCancel = (reason) => {
      this.fail(reason);
    };
    cancellation.add(this.#onCancel);
  }

  /** Starts the time for connecting. */
  awaitConnection(): void {
    if (this.over || this.#sent || this.#timer !== undefined) return;
    const { connectMs } = this.request;
    if (connectMs !== undefined) this.#timer = setTimeout(expire, connectMs, this);
  }

  /** The time of the phase it is in has passed. */
  expire(): void {
    this.#timer = undefined;
    const { connectMs = 0, headersMs = 0 } = this.request;
    if (this.#lingering) this.fail(calledOff);
    else if (!this.#sent) this.fail(timedOut(this.request, "connection", connectMs));
    else this.fail(timedOut(this.request, "status and headers", headersMs));
  }

  /** The connection stands, and the request goes out now. */
  onSent(): void {
    this.#stopTimer();
    this.#sent = true;
    const { headersMs } = this.request;
    if (headersMs !== undefined) this.#timer = setTimeout(expire, headersMs, this);
  }

  onHead(status: number, head: string, places: HeaderPlaces): void {
    this.#stopTimer();
    this.status = status;
    this.#head = head;
    this.#places = places;
    this.#answered = true;
    this.#resolve(this);
  }

  /** @returns whether more may come now */
  onData(chunk: Uint8Array): boolean {
    const next = this.#next;
    if (next !== undefined) {
      this.#next = undefined;
      next.resolve({ done: false, value: chunk });
      return true;
    }
    this.#size += chunk.length;
    if (this.#lingering) {
      if (this.#size > mostLeft) this.fail(calledOff);
      return true;
    }
    this.#chunks.push(chunk);
    this.#paused = this.#whole === undefined && this.#size > mostWaiting;
    return !this.#paused;
  }

  onComplete(): void {
    if (this.over) return;
    this.#end();
    this.#whole?.resolve(this.#take());
    this.#next?.resolve({ done: true, value: undefined });
  }

  /** Ends it here and now, whatever it was doing. */
  fail(reason: unknown): void {
    if (this.over) return;
    this.#end();
    this.#failed = true;
    this.#failure = reason;
    this.#chunks = [];
    this.queue?.delete(this);
    this.lane?.abandon();
    if (!this.#answered) this.#reject(reason);
    this.#whole?.reject(reason);
    this.#next?.reject(reason);
  }

  header(name: string): string | undefined {
    return headerOf(this.#head, this.#places, name);
  }

  bytes(): Promise<Uint8Array> {
    if (this.#failed) return rejected(this.#failure);
    if (this.over) return Promise.resolve(this.#take());
    return new Promise((resolve, reject) => {
      this.#whole = { resolve, reject };
      this.#goOn();
    });
  }

  body(): AsyncIterable<Uint8Array> {
    const iterator: AsyncIterator<Uint8Array> = {
      next: () => this.#read(),
      return: () => {
        this.discard();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  discard(): void {
    this.fail(calledOff);
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

  #read(): Promise<IteratorResult<Uint8Array>> {
    if (this.#chunks.length > 0) {
      // Pieces that came in one turn are handed on as one: each hand-over costs more than a copy.
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

  #take(): Uint8Array {
    const bytes = join(this.#chunks, this.#size);
    this.#chunks = [];
    this.#size = 0;
    return bytes;
  }

  #goOn(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.lane?.resume();
  }

  #end(): void {
    this.over = true;
    this.#stopTimer();
    this.#forgetCaller();
  }

  #forgetCaller(): void {
    if (this.#onCancel !== undefined) this.request.cancellation?.remove(this.#onCancel);
  }

  #stopTimer(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
