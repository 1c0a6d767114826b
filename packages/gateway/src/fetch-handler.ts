import { Cancellation, createError } from "@modelyard/core";
import { errorAnswer } from "./answers.js";
import type { Gateway } from "./gateway.js";
import { type Bytes, type GatewayRequest, type GatewayResponse, isStream } from "./http.js";

function tooLarge(limit: number): Error {
  return createError({ kind: "payload_too_large", message: `The body is longer than ${String(limit)} bytes.` });
}

class WebRequest implements GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly cancellation = new Cancellation();
  readonly #request: Request;

  constructor(request: Request) {
    this.#request = request;
    this.method = request.method;
    this.path = new URL(request.url).pathname;
    const { signal } = request;
    const abort = (): void => {
      this.cancellation.cancel(signal.reason);
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  async body(limit: number): Promise<Uint8Array> {
    if (Number(this.header("content-length") ?? 0) > limit) throw tooLarge(limit);
    const bytes = new Uint8Array(await this.#request.arrayBuffer());
    if (bytes.length > limit) throw tooLarge(limit);
    return bytes;
  }
}

const encoder = new TextEncoder();

function toBytes(value: Bytes): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : value;
}

function toReadable(body: AsyncIterable<Bytes>, cancellation: Cancellation): ReadableStream<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const result = await iterator.next();
      if (result.done === true) controller.close();
      else controller.enqueue(toBytes(result.value));
    },
    async cancel(reason) {
      cancellation.cancel(reason);
      await iterator.return?.();
    },
  });
}

function toResponse(answer: GatewayResponse, cancellation: Cancellation): Response {
  const { status, headers, body } = answer;
  const init = { status, headers };
  if (body === undefined) return new Response(null, init);
  if (isStream(body)) return new Response(toReadable(body, cancellation), init);
  return new Response(body as BodyInit, init);
}

/**
 * The gateway as a web-standard handler: for Hono, Next, Workers, Bun and Deno, or as the `fetch` option of an SDK,
 * which then calls the router in process.
 */
export function toFetchHandler(
  gateway: Gateway,
): (input: Request | URL | string, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    try {
      const request = new WebRequest(input instanceof Request && init === undefined ? input : new Request(input, init));
      return toResponse(await gateway.handle(request), request.cancellation);
    } catch (thrown) {
      return toResponse(errorAnswer(thrown), new Cancellation());
    }
  };
}
