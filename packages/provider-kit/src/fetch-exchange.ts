import { rejected, TransportError, type TransportRequest, type TransportResponse } from "@modelyard/core/kit";
import { isConnectFailure, lastMs, longestMs, mostLeft, timedOut, toTransportError } from "./failure.js";

export interface FetchExchangeOptions {
  readonly request: TransportRequest;
  readonly resolve: (response: TransportResponse) => void;
  readonly reject: (reason: unknown) => void;
  readonly onOver: (exchange: FetchExchange) => void;
}

/** One request by `fetch` and its answer. When it is aborted it rejects at once, however long `fetch` takes to notice. */
export class FetchExchange implements TransportResponse {
  status = 0;
  readonly #options: FetchExchangeOptions;
  readonly #controller = new AbortController();
  #response: Response | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;
  #failed = false;
  #failure: unknown;
  /** Rejects the pending promise. */
  #reject: ((reason: unknown) => void) | undefined;

  constructor(options: FetchExchangeOptions) {
    this.#options = options;
    this.#reject = options.reject;
  }

  start(fetch: typeof globalThis.fetch): void {
    const { request } = this.#options;
    request.cancellation?.add(this.#onCancel);
    const { headersMs } = request;
    if (headersMs !== undefined) {
      this.#timer = setTimeout(
        () => {
          this.#fail(timedOut(request.origin, "status and headers", headersMs));
        },
        Math.min(headersMs, longestMs),
      );
    }
    this.#send(fetch).catch((thrown: unknown) => {
      this.#fail(toTransportError(thrown, request.origin, isConnectFailure(thrown) ? "connect" : "reset"));
    });
  }

  header(name: string): string | undefined {
    return this.#response?.headers.get(name) ?? undefined;
  }

  async bytes(limit = Infinity): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await this.#read();
      if (done === true) return join(chunks, size);
      chunks.push(value);
      size += value.length;
      if (size > limit) {
        this.discard();
        return join(chunks, size);
      }
    }
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
    this.#fail(new TransportError("reset", "the request was aborted"));
  }

  finish(): void {
    if (this.#over) return;
    this.#options.request.cancellation?.remove(this.#onCancel);
    this.#timer ??= setTimeout(() => {
      this.discard();
    }, lastMs);
    this.#drain().catch(() => {
      this.discard();
    });
  }

  async #send(fetch: typeof globalThis.fetch): Promise<void> {
    const { request, resolve } = this.#options;
    const response = await fetch(request.origin + request.path, {
      method: request.method,
      // Platforms request compression unless the header is set.
      headers: { "accept-encoding": "identity", ...request.headers },
      body: (request.body ?? null) as BodyInit | null,
      redirect: "manual",
      signal: this.#controller.signal,
    });
    if (this.#over) {
      response.body?.cancel().catch(() => undefined);
      return;
    }
    this.#stopTimer();
    this.#response = response;
    this.#reader = response.body?.getReader();
    this.status = response.status;
    this.#reject = undefined;
    if (this.#reader === undefined) this.#end();
    resolve(this);
  }

  #read(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#failed) return rejected(this.#failure);
    const reader = this.#reader;
    if (this.#over || reader === undefined) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      reader.read().then(
        ({ done, value }) => {
          this.#reject = undefined;
          if (done) this.#end();
          resolve(done ? { done: true, value: undefined } : { done: false, value });
        },
        (thrown: unknown) => {
          this.#fail(toTransportError(thrown, this.#options.request.origin, "reset"));
        },
      );
    });
  }

  async #drain(): Promise<void> {
    let size = 0;
    for (;;) {
      const { done, value } = await this.#read();
      if (done === true) return;
      size += value.length;
      if (size > mostLeft) {
        this.discard();
        return;
      }
    }
  }

  readonly #onCancel = (reason: unknown): void => {
    this.#fail(reason);
  };

  #fail(reason: unknown): void {
    if (this.#over) return;
    this.#end();
    this.#failed = true;
    this.#failure = reason;
    this.#reject?.(reason);
    this.#controller.abort(reason);
  }

  #end(): void {
    this.#over = true;
    this.#stopTimer();
    const { request, onOver } = this.#options;
    request.cancellation?.remove(this.#onCancel);
    onOver(this);
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}
