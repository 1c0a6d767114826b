import type { Cancellation } from "./cancellation.js";

/** One HTTP request, in a form that is cheap to send. */
export interface TransportRequest {
  readonly method: "DELETE" | "GET" | "POST";
  /** Scheme, host and port, e.g. `https://api.openai.com`. */
  readonly origin: string;
  /** The path, which begins with `/`, and the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Stops the exchange in every phase: connecting, waiting, reading. */
  readonly cancellation?: Cancellation;
  /** The limit for connecting, in milliseconds. `undefined`: no limit besides the platform's. */
  readonly connectMs?: number | undefined;
  /** The limit until the status and headers arrive, in milliseconds. `undefined`: no limit, not even the platform's. */
  readonly headersMs?: number | undefined;
  /**
   * Whether only public addresses may be connected to, because `origin` comes from a client. A transport that resolves
   * names itself checks every address and connects to the checked one. Others check the host as it is written. Such a
   * request shares no connections with requests that may reach private addresses.
   */
  readonly publicOnly?: boolean | undefined;
}

export interface TransportResponse {
  readonly status: number;
  /** @param name - in lower case. Several values of one name are joined by `, ` */
  header(name: string): string | undefined;
  /**
   * The whole body. Either this or {@link TransportResponse.body} may be used, once.
   * @param limit - in bytes. As soon as the body turns out to be longer, the exchange is closed, and what has arrived,
   * more than `limit`, is returned. Omitted: no limit
   */
  bytes(limit?: number): Promise<Uint8Array>;
  /** The body as it arrives. Leaving the loop early closes the exchange. A slow reader slows down the sender. */
  body(): AsyncIterable<Uint8Array>;
  /** Closes the exchange and releases its socket. */
  discard(): void;
  /**
   * Like `discard`, for a body that is complete and about to end. Its connection is kept if the body ends within 50 ms
   * and 64 KB. Not implemented: `discard` is used.
   */
  finish?(): void;
}

/**
 * Sends HTTP requests. Does not retry, does not follow redirects, and only adds the headers that HTTP requires.
 * @throws (rejects with) the reason of the cancellation, or a {@link TransportError}
 */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Closes idle connections, and those in use as soon as their exchanges end. */
  close(): Promise<void>;
}

/** The {@link TransportError.code} of a request that was not sent because of `publicOnly`. */
export const addressNotPublic = "ERR_ADDRESS_NOT_PUBLIC";

/** A network failure, before or while an answer arrived. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  /**
   * `connect`: refused, DNS, TLS. `timeout`: a limit of the request. `reset`: the peer closed the connection.
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

  /** What the host did, and the code, for a sentence that callers may read. Contains no address. */
  get deed(): string {
    return this.code === undefined ? deeds[this.phase] : `${deeds[this.phase]} (${this.code})`;
  }
}

const deeds = {
  connect: "could not be reached",
  timeout: "did not answer in time",
  reset: "closed the connection before the answer was complete",
} as const;
