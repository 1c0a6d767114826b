import { createError, isJsonObject, type Outcome, RouterError, type StreamPart, type Trail } from "@modelyard/core";
import { trailHeaders } from "./headers.js";
import type { Bytes, GatewayResponse } from "./http.js";

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): GatewayResponse {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

/** Anything thrown, as an error of ours: what was not meant to be seen is not shown. */
export function toRouterError(thrown: unknown): RouterError {
  if (RouterError.isInstance(thrown)) return thrown;
  return createError({ kind: "internal_server", message: "Internal gateway error.", cause: thrown });
}

/** An error in OpenAI's shape, with the headers that clients and people look for. */
export function errorAnswer(thrown: unknown, extra: Readonly<Record<string, string>> = {}): GatewayResponse {
  const error = toRouterError(thrown);
  const headers: Record<string, string> = error.trail === undefined ? {} : trailHeaders(error.trail);
  if (error.retryAfterMs !== undefined) {
    headers["retry-after"] = String(Math.ceil(error.retryAfterMs / 1000));
    // Exact, for clients that read it: OpenAI's do, and take it before the other.
    headers["retry-after-ms"] = String(Math.ceil(error.retryAfterMs));
  }
  // OpenAI's clients ask again after every 429, and obey this. No account is filled up by that.
  if (error.kind === "quota_exhausted") headers["x-should-retry"] = "false";
  return json(sendableStatus(error.status), error.toBody(), { ...headers, ...extra });
}

/** A status that vendors or parts of the user's made up, and that no client could read, is a 500. */
function sendableStatus(status: number): number {
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500;
}

const headerName = /^[\w!#$%&'*+.^`|~-]+$/u;
/** RFC 9110, section 5.5, in characters that stand for bytes. */
const headerValue = /^[\t\u0020-\u007E\u0080-\u00FF]*$/u;

/** How an answer is framed is its server's to say: two lengths, or one that another host meant, break the connection. */
const framing = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);

/**
 * An answer that somebody else made, without what it says of its framing.
 * @throws Error for what HTTP cannot say: each server would throw in a way of its own, where nobody looks
 */
export function checkedAnswer(answer: GatewayResponse, route: string): GatewayResponse {
  refuseOther(answer, route);
  const { status } = answer;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`${route} answered with the status ${String(status)}. It must be one of 200 to 599.`);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (!headerName.test(name) || !headerValue.test(value))
      throw new TypeError(`${route} answered with a header ${JSON.stringify(name)} that HTTP does not allow.`);
    if (!framing.has(name.toLowerCase())) headers[name] = value;
  }
  return { ...answer, headers };
}

/** What routes give instead, and would go out as an answer without headers, or break the connection. */
function refuseOther(answer: unknown, route: string): void {
  const fix = "Give { status, headers, body }, the headers as a plain object.";
  if (!isJsonObject(answer))
    throw new TypeError(`${route} answered with ${answer === null ? "null" : typeof answer}. ${fix}`);
  const { headers, body } = answer;
  // Their headers are no fields of theirs, and neither is anything of a `Response`.
  if (!isJsonObject(headers) || typeof headers["forEach"] === "function")
    throw new TypeError(`${route} answered with ${isJsonObject(headers) ? "web" : "no"} headers. ${fix}`);
  const isText = body === undefined || typeof body === "string" || body instanceof Uint8Array;
  if (!isText && typeof (body as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] !== "function")
    throw new TypeError(`${route} answered with a body that is not a string, bytes or an async iterable. ${fix}`);
}

/** What the engine answered, as HTTP: bytes that need no translation go out as they came. */
export function outcomeAnswer(outcome: Outcome): GatewayResponse {
  const headers = trailHeaders(outcome.trail);
  if (outcome.kind === "answer") {
    headers["content-type"] = "application/json";
    return { status: 200, headers, body: outcome.bytes ?? JSON.stringify(outcome.value) };
  }
  headers["content-type"] = "text/event-stream; charset=utf-8";
  headers["cache-control"] = "no-cache";
  headers["x-accel-buffering"] = "no";
  return { status: 200, headers, body: new EventBody(outcome.parts, outcome.trail) };
}

const done = "data: [DONE]\n\n";

/**
 * Comments that say which deployments continued a stream that broke. The headers were sent before that was known, and
 * clients skip comments.
 */
function continuations({ attempts }: Trail): string {
  let text = "";
  for (const { continues, deploymentId, outcome } of attempts)
    if (continues !== undefined && outcome === "success")
      text += `: x-modelyard-continued: ${continues} ${deploymentId}\n\n`;
  return text;
}

/**
 * A stream as server-sent events. It ends with `[DONE]` only when the answer is whole; a failure on the way is an
 * event of its own, and then the stream ends without it.
 */
class EventBody implements AsyncIterable<Bytes>, AsyncIterator<Bytes> {
  readonly #parts: AsyncIterator<StreamPart>;
  readonly #trail: Trail;
  #over = false;

  constructor(parts: AsyncIterable<StreamPart>, trail: Trail) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#trail = trail;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Bytes>> {
    while (!this.#over) {
      let result: IteratorResult<StreamPart>;
      try {
        result = await this.#parts.next();
      } catch (thrown) {
        this.#over = true;
        return { done: false, value: `data: ${JSON.stringify(toRouterError(thrown).toBody())}\n\n` };
      }
      if (result.done === true) {
        this.#over = true;
        return { done: false, value: continuations(this.#trail) + done };
      }
      const bytes = encode(result.value);
      if (bytes !== undefined) return { done: false, value: bytes };
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Bytes>> {
    this.#over = true;
    await this.#parts.return?.();
    return { done: true, value: undefined };
  }
}

function encode(part: StreamPart): Bytes | undefined {
  if (part.bytes !== undefined) return part.bytes;
  let text = "";
  for (const chunk of part.chunks) text += `data: ${JSON.stringify(chunk)}\n\n`;
  return text === "" ? undefined : text;
}
