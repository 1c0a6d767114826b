import { TransportError, type Transport, type TransportRequest, type TransportResponse } from "@modelyard/core";
import { explain, PhaseTimer } from "./limits.js";

/** Codes of failures that happened before the request was on its way. */
const connectCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** {@link Transport} over `fetch`. It cannot tell connecting from waiting: `connectMs` counts until the headers. */
export class FetchTransport implements Transport {
  readonly #fetch: typeof globalThis.fetch;

  constructor(fetch: typeof globalThis.fetch | undefined) {
    this.#fetch = fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const { cancellation } = request;
    cancellation?.throwIfCancelled();
    const controller = new AbortController();
    const abort = (reason: unknown): void => {
      controller.abort(reason);
    };
    cancellation?.add(abort);
    const done = (): void => {
      cancellation?.remove(abort);
    };
    const timer = new PhaseTimer(request, abort);
    if (request.headersMs === undefined) timer.connecting();
    else timer.waiting();
    try {
      const response = await this.#fetch(request.origin + request.path, {
        method: request.method,
        headers: request.headers,
        body: (request.body ?? null) as BodyInit | null,
        redirect: "manual",
        signal: controller.signal,
      });
      return new FetchResponse(response, request, controller, done);
    } catch (thrown) {
      done();
      if (controller.signal.aborted && controller.signal.reason instanceof TransportError)
        throw controller.signal.reason;
      const failure = explain(thrown, request, "reset", cancellation);
      const early = failure instanceof TransportError && failure.code !== undefined && connectCodes.has(failure.code);
      throw early ? new TransportError("connect", failure.message, { code: failure.code, cause: thrown }) : failure;
    } finally {
      timer.stop();
    }
  }

  /** There is nothing of ours to close. */
  async close(): Promise<void> {
    // The platform keeps its own connections.
  }
}

class FetchResponse implements TransportResponse {
  readonly status: number;

  constructor(
    readonly response: Response,
    readonly request: TransportRequest,
    readonly controller: AbortController,
    readonly done: () => void,
  ) {
    this.status = response.status;
  }

  header(name: string): string | undefined {
    return this.response.headers.get(name) ?? undefined;
  }

  async bytes(): Promise<Uint8Array> {
    try {
      return new Uint8Array(await this.response.arrayBuffer());
    } catch (thrown) {
      throw explain(thrown, this.request, "reset", this.request.cancellation);
    } finally {
      this.done();
    }
  }

  async *body(): AsyncGenerator<Uint8Array> {
    const reader = this.response.body?.getReader();
    if (reader === undefined) {
      this.done();
      return;
    }
    let ended = false;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          ended = true;
          return;
        }
        yield value;
      }
    } catch (thrown) {
      ended = true;
      throw explain(thrown, this.request, "reset", this.request.cancellation);
    } finally {
      this.done();
      if (!ended) this.controller.abort();
    }
  }

  discard(): void {
    this.done();
    this.controller.abort();
  }
}
