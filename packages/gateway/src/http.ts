import type { Bytes, Cancellation, RequestHead } from "@modelyard/core/kit";

/**
 * Decodes a whole body of one encoding, in several turns of the event loop.
 * @param limit - the longest decoded body, in bytes
 * @throws (rejects with) `payload_too_large`, `bad_request` for damaged bytes, or the reason of the cancellation
 */
export type Decoder = (bytes: Uint8Array, limit: number, cancellation: Cancellation) => Promise<Uint8Array>;

/** Decoders by the names of their encodings in `Content-Encoding`, those that clients should prefer first. */
export type Decoders = ReadonlyMap<string, Decoder>;

/** A request in a shape that every server can provide without creating web objects. */
export interface GatewayRequest extends RequestHead {
  /**
   * The whole body, as the client sent it.
   * @throws `payload_too_large` as soon as it is longer than `limit` bytes
   */
  body(limit: number): Promise<Uint8Array>;
  /** Cancelled when the client leaves. */
  readonly cancellation: Cancellation;
  /** For compressed bodies. @defaultValue those of the platform's `DecompressionStream` */
  readonly decoders?: Decoders | undefined;
}

/** What is only known once a body is complete. */
export interface AnswerEnding {
  /** Headers that follow the body, in lower case; `undefined`: none. */
  trailers(): Readonly<Record<string, string>> | undefined;
}

export interface GatewayResponse {
  readonly status: number;
  /** Names in lower case. Framing belongs to the server, so `content-length` and the like are not among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Strings and bytes are sent whole. An iterable is sent as it comes; its `return` is called when the client leaves. */
  readonly body: Bytes | AsyncIterable<Bytes> | undefined;
  /** Asked when a streamed body is complete. Servers that cannot send trailers ignore it. */
  readonly ending?: AnswerEnding;
}

export function isStream(body: GatewayResponse["body"]): body is AsyncIterable<Bytes> {
  return typeof body === "object" && !(body instanceof Uint8Array);
}

/** Releases a body that will not be read any further. If that fails, there is nothing left to do. */
export async function release(body: AsyncIterator<unknown>): Promise<void> {
  try {
    await body.return?.();
  } catch {
    // See above.
  }
}
