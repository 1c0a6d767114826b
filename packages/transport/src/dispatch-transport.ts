import {
  type CancelListener,
  TransportError,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "@modelyard/core";
import type { Dispatcher } from "undici";
import { explain, PhaseTimer } from "./limits.js";
import type { TransportOptions } from "./options.js";

/** Bytes that wait for a slow reader before the sender is asked to stop. */
const mostWaiting = 64 * 1024;

type Headers = Record<string, string | string[] | undefined>;

/** {@link Transport} over undici's dispatcher: no `fetch`, no web streams, no limits but the request's own. */
export class DispatchTransport implements Transport {
  readonly #options: TransportOptions;
  #dispatcher: Dispatcher | undefined;
  #loading: Promise<Dispatcher> | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const dispatcher = this.#dispatcher ?? (await this.#load());
    request.cancellation?.throwIfCancelled();
    return new Promise((resolve, reject) => {
      new Exchange(request, resolve, reject).start(dispatcher);
    });
  }

  async close(): Promise<void> {
    await (await this.#loading)?.close();
  }

  #load(): Promise<Dispatcher> {
    this.#loading ??= import("undici").then(({ Agent }) => {
      const { ca, connections, keepAliveMs = 4_000 } = this.#options;
      this.#dispatcher = new Agent({
        headersTimeout: 0,
        bodyTimeout: 0,
        keepAliveTimeout: keepAliveMs,
        pipelining: 1,
        connections: connections ?? null,
        connect: { timeout: 120_000, ...(ca === undefined ? {} : { ca: typeof ca === "string" ? ca : [...ca] }) },
      });
      return this.#dispatcher;
    });
    return this.#loading;
  }
}

interface Waiting {
  readonly resolve: (result: IteratorResult<Uint8Array>) => void;
  readonly reject: (reason: unknown) => void;
}

/** One request and its answer: undici's handler and our response in one object. */
class Exchange implements TransportResponse, Dispatcher.DispatchHandler {
  status = 0;
  readonly #request: TransportRequest;
  readonly #resolve: (response: TransportResponse) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #timer: PhaseTimer;
  readonly #onCancel: CancelListener;
  #controller: Dispatcher.DispatchController | undefined;
  #headers: Headers = {};
  #answered = false;
  #over = false;
  #failure: { readonly reason: unknown } | undefined;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #paused = false;
  #whole: { readonly resolve: (bytes: Uint8Array) => void; readonly reject: (reason: unknown) => void } | undefined;
  #reader: Waiting | undefined;

  constructor(
    request: TransportRequest,
    resolve: (response: TransportResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = new PhaseTimer(request, (error) => {
      this.#fail(error);
    });
    this.#onCancel = (reason) => {
      this.#fail(reason);
    };
  }

  start(dispatcher: Dispatcher): void {
    const { origin, path, method, headers, body, cancellation } = this.#request;
    cancellation?.add(this.#onCancel);
    try {
      dispatcher.dispatch(
        { origin, path, method, headers: headers as Record<string, string>, body: body ?? null },
        this,
      );
    } catch (thrown) {
      this.#fail(explain(thrown, this.#request, "connect", cancellation));
      return;
    }
    if (this.#controller === undefined && !this.#over) this.#timer.connecting();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new TransportError("reset", "called off"));
    else if (!this.#answered) this.#timer.waiting();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    this.#timer.stop();
    this.status = status;
    this.#headers = headers;
    this.#answered = true;
    this.#resolve(this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#whole === undefined && this.#size > mostWaiting && !this.#paused) {
      this.#paused = true;
      controller.pause();
    }
  }

  onResponseEnd(): void {
    this.#end();
    this.#whole?.resolve(this.#join());
    this.#reader?.resolve({ done: true, value: undefined });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const phase = this.#controller === undefined ? "connect" : "reset";
    this.#fail(explain(error, this.#request, phase, this.#request.cancellation));
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  bytes(): Promise<Uint8Array> {
    if (this.#failure !== undefined) return rejected(this.#failure.reason);
    if (this.#over) return Promise.resolve(this.#join());
    return new Promise((resolve, reject) => {
      this.#whole = { resolve, reject };
      this.#resume();
    });
  }

  body(): AsyncIterable<Uint8Array> {
    const iterator: AsyncIterator<Uint8Array> = {
      next: () => this.#next(),
      return: () => {
        this.discard();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  discard(): void {
    if (this.#over) return;
    this.#fail(new TransportError("reset", "nobody wanted the rest"));
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#chunks.length > 0) {
      // Pieces that came in one turn are handed on as one: each hand-over costs more than a copy.
      const chunk = this.#join();
      this.#chunks.length = 0;
      this.#size = 0;
      this.#resume();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#failure !== undefined) return rejected(this.#failure.reason);
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#controller?.resume();
  }

  #end(): void {
    this.#over = true;
    this.#timer.stop();
    this.#request.cancellation?.remove(this.#onCancel);
  }

  #fail(reason: unknown): void {
    if (this.#over) return;
    this.#end();
    this.#failure = { reason };
    if (!this.#answered) this.#reject(reason);
    this.#whole?.reject(reason);
    this.#reader?.reject(reason);
    this.#controller?.abort(reason instanceof Error ? reason : new TransportError("reset", "called off"));
  }

  #join(): Uint8Array {
    const [only] = this.#chunks;
    if (this.#chunks.length === 1 && only !== undefined) return only;
    const joined = new Uint8Array(this.#size);
    let offset = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    return joined;
  }
}

/** Rejects with whatever the reason is: a caller may call off with anything. */
function rejected(reason: unknown): Promise<never> {
  return new Promise((_, reject: (reason: unknown) => void) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- as it came
    reject(reason);
  });
}
