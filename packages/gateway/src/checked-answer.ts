import { isJsonObject } from "@modelyard/core/kit";
import { framingHeaders, isHeaderValue } from "./headers.js";
import type { GatewayResponse } from "./http.js";

const headerName = /^[\w!#$%&'*+.^`|~-]+$/u;

/**
 * A custom route's answer, without its framing headers.
 * @throws Error for what HTTP does not allow. Otherwise the server would throw, and nothing would report it
 */
export function checkedAnswer<Answer extends GatewayResponse>(answer: Answer, route: string): Answer {
  refuseOther(answer, route);
  const { status } = answer;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`${route} answered with the status ${String(status)}. It must be one of 200 to 599.`);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (!headerName.test(name) || !isHeaderValue(value))
      throw new TypeError(`${route} answered with a header ${JSON.stringify(name)} that HTTP does not allow.`);
    if (!framingHeaders.has(name.toLowerCase())) headers[name] = value;
  }
  return { ...answer, headers };
}

/** Refuses values that would be sent without headers or would break the connection, such as a `Response`. */
function refuseOther(answer: unknown, route: string): void {
  const fix = "Give { status, headers, body }, the headers as a plain object.";
  if (!isJsonObject(answer))
    throw new TypeError(`${route} answered with ${answer === null ? "null" : typeof answer}. ${fix}`);
  const { headers, body } = answer;
  // `Headers` objects have no properties of their own, and neither does a `Response`.
  if (!isJsonObject(headers) || typeof headers["forEach"] === "function")
    throw new TypeError(`${route} answered with ${isJsonObject(headers) ? "web" : "no"} headers. ${fix}`);
  const isText = body === undefined || typeof body === "string" || body instanceof Uint8Array;
  if (!isText && typeof (body as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] !== "function")
    throw new TypeError(`${route} answered with a body that is not a string, bytes or an async iterable. ${fix}`);
}
