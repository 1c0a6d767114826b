import { Cancellation, createError, linkSignal } from "@modelyard/core";
import { errorAnswer } from "./answers.js";
import type { Gateway } from "./gateway.js";
import { type Bytes, type GatewayRequest, type GatewayResponse, isStream } from "./http.js";

function tooLarge(limit: number): Error {
  return createError({ kind: "payload_too_large", message: `The body is longer than ${String(limit)} bytes.` });
}

class WebRequest implements GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly cancellation: Cancellation;
  readonly #request: Request;
  readonly #url: URL;

  constructor(request: Request, cancellation: Cancellation) {
    this.#request = request;
    this.#url = new URL(request.url);
    this.cancellation = cancellation;
    this.method = request.method;
    this.path = this.#url.pathname;
  }

  query(name: string): string | undefined {
    return this.#url.searchParams.get(name) ?? undefined;
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  async body(limit: number): Promise<Uint8Array> {
    const length = this.header("content-length");
    if (Number(length ?? 0) > limit) throw tooLarge(limit);
    const bytes =
      length === undefined ? await this.#readUpTo(limit) : new Uint8Array(await this.#request.arrayBuffer());
    if (bytes.length > limit) throw tooLarge(limit);
    return bytes;
  }

  /** A body that does not say how long it is is given up as soon as it is too long. */
  async #readUpTo(limit: number): Promise<Uint8Array> {
    const reader = this.#request.body?.getReader();
    if (reader === undefined) return new Uint8Array();
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return concat(pieces, size);
      pieces.push(value);
      size += value.length;
      if (size <= limit) continue;
      await reader.cancel();
      throw tooLarge(limit);
    }
  }
}

function concat(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

const encoder = new TextEncoder();

function toBytes(value: Bytes): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : value;
}

/** @param over - the stream is over, however it ended */
function toReadable(
  body: AsyncIterable<Bytes>,
  cancellation: Cancellation,
  over: () => void,
): ReadableStream<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      let result: IteratorResult<Bytes>;
      try {
        result = await iterator.next();
      } catch (thrown) {
        over();
        throw thrown;
      }
      if (result.done === true) {
        over();
        controller.close();
      } else controller.enqueue(toBytes(result.value));
    },
    async cancel(reason) {
      over();
      cancellation.cancel(reason);
      await iterator.return?.();
    },
  });
}

function toResponse(answer: GatewayResponse, cancellation: Cancellation, over: () => void): Response {
  const { status, headers, body } = answer;
  const init = { status, headers };
  if (isStream(body)) return new Response(toReadable(body, cancellation, over), init);
  over();
  return new Response((body ?? null) as BodyInit | null, init);
}

/**
 * The gateway as a web-standard handler: for Hono, Next, Workers, Bun and Deno, or as the `fetch` option of an SDK,
 * which then calls the router in process.
 */
export function toFetchHandler(
  gateway: Gateway,
): (input: Request | URL | string, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    let over = (): void => undefined;
    try {
      const cancellation = new Cancellation();
      // A signal that is handed in may outlive thousands of calls, and a request made with it never lets go of it.
      const own = input instanceof Request && init === undefined;
      const request = own ? input : new Request(input, { ...init, signal: null });
      const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
      if (signal !== undefined) over = linkSignal(signal, cancellation);
      return toResponse(await gateway.handle(new WebRequest(request, cancellation)), cancellation, over);
    } catch (thrown) {
      over();
      return toResponse(errorAnswer(thrown), new Cancellation(), over);
    }
  };
}
