import type { RouterError } from "@modelyard/core";
import { createError, type RequestHead } from "@modelyard/core/kit";
import type { Decoder, Decoders, GatewayRequest } from "./http.js";
import { webDecoders } from "./web-decoders.js";

/** More encodings on top of each other would only multiply the work for one body. */
const mostEncodings = 2;

/** The encodings that a header names, in the order in which the body has to be decoded: the last one was applied last. */
function encodingsOf(header: string): readonly string[] {
  return header
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity")
    .map((name) => (name === "x-gzip" ? "gzip" : name))
    .toReversed();
}

const code = "unsupported_encoding";

function unsupported(problem: string, decoders: Decoders): RouterError {
  const names = [...decoders.keys()].join(", ");
  const message = `${problem} Send the body uncompressed or in one of these encodings: ${names}.`;
  return createError({ kind: "bad_request", status: 415, code, message });
}

/** Finds the decoders before the body is read. @throws 415 if there is none, or if the list is too long */
function decodersFor(header: string, decoders: Decoders): readonly Decoder[] {
  const names = encodingsOf(header);
  if (names.length > mostEncodings)
    throw unsupported(
      `Content-Encoding names ${String(names.length)} encodings, more than the ${String(mostEncodings)} that are decoded.`,
      decoders,
    );
  return names.map((name) => {
    const decoder = decoders.get(name);
    if (decoder !== undefined) return decoder;
    throw unsupported(`Content-Encoding ${JSON.stringify(name.slice(0, 40))} is not supported.`, decoders);
  });
}

/**
 * The body of a request with a `Content-Encoding`, decoded. An empty body stays empty.
 * @param limit - in bytes, for the body as it is sent and after each decoding
 * @throws (rejects with) a `RouterError` of the status 400, 413 or 415
 */
export async function decodedBody(request: GatewayRequest, limit: number): Promise<Uint8Array> {
  const chosen = decodersFor(request.header("content-encoding") ?? "", request.decoders ?? webDecoders());
  let bytes = await request.body(limit);
  if (bytes.length === 0) return bytes;
  for (const decode of chosen) {
    request.cancellation.throwIfCancelled();
    bytes = await decode(bytes, limit, request.cancellation);
  }
  return bytes;
}

/** For a 415: the encodings that the server would have accepted (RFC 9110, section 15.5.16). */
export function acceptedEncodings(
  error: RouterError,
  request: GatewayRequest,
): Readonly<Record<string, string>> | undefined {
  if (error.status !== 415 || error.code !== code) return undefined;
  return { "accept-encoding": [...(request.decoders ?? webDecoders()).keys()].join(", ") };
}

/** Whether a header describes the body as it was sent, and is wrong for the decoded one. */
export function describesEncoding(header: string): boolean {
  return header === "content-encoding" || header === "content-length";
}

/** The head of a request whose body was decoded. */
export class DecodedHead implements RequestHead {
  readonly method: string;
  readonly path: string;
  readonly #head: RequestHead;

  constructor(head: RequestHead) {
    this.#head = head;
    this.method = head.method;
    this.path = head.path;
  }

  header(name: string): string | undefined {
    return describesEncoding(name) ? undefined : this.#head.header(name);
  }

  headerNames(): Iterable<string> {
    return this.#head.headerNames?.() ?? [];
  }

  query(name: string): string | undefined {
    return this.#head.query?.(name);
  }
}
