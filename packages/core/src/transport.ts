import type { Cancellation } from "./cancellation.js";

/** One HTTP request, in the shape that costs least to send. */
export interface TransportRequest {
  readonly method: "GET" | "POST";
  /** Scheme, host and port, e.g. `https://api.openai.com`. */
  readonly origin: string;
  /** Path and query, from the `/` on. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Stops the exchange in every phase: connecting, waiting, reading. */
  readonly cancellation?: Cancellation;
  /** Milliseconds until the connection stands; `undefined`: no limit of ours. */
  readonly connectMs?: number | undefined;
  /** Milliseconds until status and headers are here; `undefined`: no limit. Platforms' hidden limits do not apply. */
  readonly headersMs?: number | undefined;
  /**
   * Connect to nothing but public addresses: `origin` comes from outside. A transport that resolves names itself checks
   * every address that a name leads to, and connects to what it checked; one that cannot looks at the host as it is
   * written. Such a request shares no connection with requests that may reach private addresses.
   */
  readonly publicOnly?: boolean | undefined;
}

export interface TransportResponse {
  readonly status: number;
  /** @param name - lower case; several values of one name are joined by `, ` */
  header(name: string): string | undefined;
  /**
   * The whole body. Either this or {@link TransportResponse.body} may be used, once.
   * @param limit - in bytes: a body that is longer is given up, with its exchange, as soon as that shows. What came of
   * it, more than `limit`, is returned all the same. Left out: no limit
   */
  bytes(limit?: number): Promise<Uint8Array>;
  /** The body as it arrives. Ending the loop early closes the exchange; a slow reader slows the sender. */
  body(): AsyncIterable<Uint8Array>;
  /** Drops what is left of the exchange and frees its socket. */
  discard(): void;
  /**
   * As `discard`, for a body that has said all and is about to end: its connection is kept when that happens within
   * 50 ms and 64 KB. Left out: `discard` does.
   */
  finish?(): void;
}

/**
 * Sends HTTP requests. Never retries, never follows redirects, adds no header of its own beyond what HTTP needs.
 * @throws (rejects with) the cancellation's reason when cancelled, a {@link TransportError} otherwise.
 */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Closes idle connections, and those in use when their exchange ends. */
  close(): Promise<void>;
}

/** The {@link TransportError.code} of a request that `publicOnly` kept from being sent. */
export const addressNotPublic = "ERR_ADDRESS_NOT_PUBLIC";

/** What went wrong on the wire, before or while an answer arrived. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  /**
   * `connect`: refused, DNS, TLS. `timeout`: one of the request's own limits. `reset`: the peer closed the connection.
   */
  readonly phase: "connect" | "timeout" | "reset";
  /** The platform's code, e.g. `ECONNREFUSED`, `ENOTFOUND`. */
  readonly code: string | undefined;

  constructor(
    phase: TransportError["phase"],
    message: string,
    options: { readonly code?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.phase = phase;
    this.code = options.code;
  }

  /** What the host did, with the code, for a sentence that callers may read: no address is in it. */
  get deed(): string {
    return this.code === undefined ? deeds[this.phase] : `${deeds[this.phase]} (${this.code})`;
  }
}

const deeds = {
  connect: "could not be reached",
  timeout: "did not answer in time",
  reset: "closed the connection before the answer was complete",
} as const;
