import { type Bytes, Cancellation, createError, joinInTurns, linkSignal } from "@modelyard/core/kit";
import { checkedBasePath, type MountOptions, pathBelow } from "./base-path.js";
import { tooLarge } from "./body-errors.js";
import { checkServed } from "./check-options.js";
import type { Gateway } from "./gateway.js";
import { type GatewayRequest, type GatewayResponse, isStream, release } from "./http.js";

class WebRequest implements GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly cancellation: Cancellation;
  readonly #request: Request;
  readonly #url: URL;

  constructor(request: Request, cancellation: Cancellation, basePath: string) {
    this.#request = request;
    this.#url = new URL(request.url);
    this.cancellation = cancellation;
    this.method = request.method;
    const { pathname } = this.#url;
    this.path = basePath === "" ? pathname : pathBelow(basePath, this.method, pathname);
  }

  query(name: string): string | undefined {
    return this.#url.searchParams.get(name) ?? undefined;
  }

  queryFields(): Iterable<[string, string]> {
    return this.#url.searchParams;
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  headerNames(): Iterable<string> {
    return this.#request.headers.keys();
  }

  async body(limit: number): Promise<Uint8Array> {
    if (Number(this.header("content-length") ?? 0) > limit) throw tooLarge(limit);
    const reader = this.#request.body?.getReader();
    if (reader === undefined) return new Uint8Array();
    const stop = (): void => {
      reader.cancel().catch(ignore);
    };
    this.cancellation.add(stop);
    try {
      const bytes = await readUpTo(limit, reader, stop);
      // The body ended early because it was cancelled.
      if (this.cancellation.cancelled)
        throw createError({ kind: "aborted", message: "The client closed the connection." });
      return bytes;
    } finally {
      this.cancellation.remove(stop);
    }
  }
}

function ignore(): void {
  // The source of the body failed to cancel it. The request is over anyway.
}

/** Reads a body, and stops as soon as it is too long. */
async function readUpTo(
  limit: number,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  stop: () => void,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : joinInTurns(pieces);
    pieces.push(value);
    size += value.length;
    if (size <= limit) continue;
    stop();
    throw tooLarge(limit);
  }
}

const encoder = new TextEncoder();

function toBytes(value: Bytes): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : value;
}

/** The call that an answer belongs to. */
interface Call {
  readonly method: string;
  readonly cancellation: Cancellation;
  /** The caller's own signal. When it aborts, the stream fails as a stream of `fetch` does. */
  readonly signal: AbortSignal | undefined;
  /** Called when the call is over, however it ended. */
  readonly over: () => void;
}

function toReadable(body: AsyncIterable<Bytes>, { cancellation, signal, over }: Call): ReadableStream<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      let result: IteratorResult<Bytes>;
      try {
        result = await iterator.next();
        if (signal?.aborted === true) void release(iterator);
        signal?.throwIfAborted();
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

/** Statuses of answers without a body. */
const bodiless = new Set([204, 205, 304]);

function toResponse(answer: GatewayResponse, call: Call): Response {
  const { status, headers, body } = answer;
  const init = { status, headers };
  const silent = call.method === "HEAD" || bodiless.has(status);
  if (isStream(body) && !silent) return new Response(toReadable(body, call), init);
  call.over();
  if (isStream(body)) void release(body[Symbol.asyncIterator]());
  return new Response((silent ? null : (body ?? null)) as BodyInit | null, init);
}

/** @param init - may be anything, because hosts pass e.g. their environment as the second argument */
function toRequest(input: Request | URL | string, init: RequestInit | undefined): Request {
  if (input instanceof Request && init === undefined) return input;
  const { method, headers, body } = init ?? {};
  // A signal may outlive thousands of calls, and a `Request` that gets it never removes its listener from it.
  return new Request(input, { method, headers, body, duplex: "half", signal: null } as RequestInit);
}

/**
 * The gateway as a web-standard handler: for Hono, Next, Workers, Bun and Deno, or as the `fetch` option of an SDK,
 * which then calls the router in process.
 * @throws `invalid_option`; the handler throws the reason of `init.signal` when it aborts, as `fetch` does. The signal of
 * a `Request` only cancels the call
 */
export function toFetchHandler(
  gateway: Gateway,
  options: MountOptions = {},
): (input: Request | URL | string, init?: RequestInit) => Promise<Response> {
  checkServed(gateway);
  const basePath = checkedBasePath(options.basePath);
  return async (input, init) => {
    const cancellation = new Cancellation();
    const signal = init?.signal ?? undefined;
    let asked: WebRequest | undefined;
    let call: Call = { method: "GET", cancellation, signal, over: () => undefined };
    try {
      const request = toRequest(input, init);
      const linked = signal ?? (input instanceof Request ? input.signal : undefined);
      const over = linked === undefined ? call.over : linkSignal(linked, cancellation);
      call = { ...call, method: request.method, over };
      asked = new WebRequest(request, cancellation, basePath);
      const answer = await gateway.handle(asked);
      if (signal?.aborted === true && isStream(answer.body)) void release(answer.body[Symbol.asyncIterator]());
      signal?.throwIfAborted();
      return toResponse(answer, call);
    } catch (thrown) {
      call.over();
      if (signal?.aborted === true) throw thrown;
      return toResponse(gateway.unsendable(thrown, asked), call);
    }
  };
}
