import type { Cancellation } from "@modelyard/core";

/** A request, in the shape that every server can give without making web objects. */
export interface GatewayRequest {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  /** @param name - lower case */
  header(name: string): string | undefined;
  /**
   * A field of the query, decoded; of several the first.
   * @param name - as it is written: upper and lower case differ. Left out: the server tells of no query
   */
  query?(name: string): string | undefined;
  /**
   * The whole body.
   * @throws `payload_too_large` as soon as it is longer than `limit` bytes
   */
  body(limit: number): Promise<Uint8Array>;
  /** Cancelled when the client leaves. */
  readonly cancellation: Cancellation;
}

export type Bytes = Uint8Array | string;

export interface GatewayResponse {
  readonly status: number;
  /** Lower-case names. How the answer is framed is its server's to say: `content-length` and the like are left out. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text and bytes go out whole; an iterable goes out as it comes, and is told when the client leaves. */
  readonly body: Bytes | AsyncIterable<Bytes> | undefined;
}

export function isStream(body: GatewayResponse["body"]): body is AsyncIterable<Bytes> {
  return typeof body === "object" && !(body instanceof Uint8Array);
}

/** Nobody is there any more to be sent it, nor to be told if letting go of it fails. */
export async function letGo(body: AsyncIterator<Bytes>): Promise<void> {
  try {
    await body.return?.();
  } catch {
    // See above.
  }
}
