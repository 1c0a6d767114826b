import { TransportError, type TransportRequest } from "@modelyard/core";

/** What HTTP itself says of a message: never the caller's. */
const ours: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "transfer-encoding",
  "upgrade",
]);
const token = /^[!#$%&'*+\-.^_`|~\w]+$/u;
/** Visible characters and blanks; each one is a byte. */
const fieldValue = /^[\t\u0020-\u007E\u0080-\u00FF]*$/u;
const pathText = /^\/[\u0021-\u007E\u0080-\u00FF]*$/u;

/** Headers as lines. Those of a deployment are one object for ever: it is written out, and checked, once. */
const written = new WeakMap<TransportRequest["headers"], string>();

function linesOf(request: TransportRequest): string {
  const { headers } = request;
  const known = written.get(headers);
  if (known !== undefined) return known;
  let lines = "";
  for (const [name, value] of Object.entries(headers)) {
    if (ours.has(name)) continue;
    // Values hold keys: they are not shown.
    if (!token.test(name) || !fieldValue.test(value)) throw refused(request, `the header ${JSON.stringify(name)}`);
    lines += `${name}: ${value}\r\n`;
  }
  written.set(headers, lines);
  return lines;
}

function refused(request: TransportRequest, what: string): TransportError {
  return new TransportError("connect", `${request.origin}: ${what} cannot be sent`, { code: "EINVAL" });
}

/**
 * Request line and headers, each character a byte.
 * @param host - as the header says it
 * @throws a `TransportError` for what would break out of its line
 */
export function requestHead(request: TransportRequest, host: string, length: number | undefined): string {
  if (!pathText.test(request.path)) throw refused(request, "the path");
  const lines = linesOf(request);
  const size = length === undefined ? "" : `content-length: ${String(length)}\r\n`;
  return `${request.method} ${request.path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n${lines}${size}\r\n`;
}
