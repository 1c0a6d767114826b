import {
  rejected,
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from "@modelyard/core/kit";
import { isPublicOrigin, notPublic } from "./failure.js";
import { FetchExchange } from "./fetch-exchange.js";

/** Sends one request: the platform's `fetch`, or a compatible function. */
export type Fetch = typeof globalThis.fetch;

/**
 * {@link Transport} over `fetch`. It cannot distinguish connecting from waiting: `headersMs` limits both together, and
 * `connectMs` has no effect. It does not see addresses either: `publicOnly` checks the host as it is written.
 */
export class FetchTransport implements Transport {
  readonly #fetch: Fetch | undefined;
  readonly #open = new Set<FetchExchange>();
  #closed: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(fetch: Fetch | undefined) {
    this.#fetch = fetch;
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    if (request.cancellation?.cancelled === true) return rejected(request.cancellation.reason);
    if (request.publicOnly === true && !isPublicOrigin(request.origin)) return rejected(notPublic(request.origin));
    if (this.#closed !== undefined) {
      return Promise.reject(new TransportError("connect", `${request.origin}: this transport is closed`));
    }
    return new Promise((resolve, reject) => {
      const exchange = new FetchExchange({ request, resolve, reject, onOver: this.#onOver });
      this.#open.add(exchange);
      exchange.start(this.#fetch ?? globalThis.fetch);
    });
  }

  /** Resolves when no exchange is in progress. The platform manages the connections. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#onEmpty = resolve;
      if (this.#open.size === 0) resolve();
    });
    return this.#closed;
  }

  readonly #onOver = (exchange: FetchExchange): void => {
    this.#open.delete(exchange);
    if (this.#open.size === 0) this.#onEmpty?.();
  };
}
