import { callerBounds } from "./caller-bounds.js";
import { headerNameProblem, headerValueProblem } from "./header-value.js";

/**
 * Headers that are never taken from a caller: credentials, those about one connection or one body, and those that the
 * provider must choose itself to be able to read the answer.
 */
const own: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "api-key",
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-api-key",
  "x-goog-api-key",
]);
/** Names of further headers that hold credentials, or select the account that pays. */
const credentials =
  /(?:^|-)(?:api-?key|auth|authorization|credentials?|organization|password|project|secret|token|workspace)(?:-|$)/u;

/** Names of headers that identify a session or a request, and have no influence on the answer. */
const identifying = /(?:^|-)(?:agent|request|session|thread|turn|window)(?:-|$)/u;

/**
 * Whether a caller's header may be sent to a vendor. Which ones should be is up to the surface, which knows its wire.
 * @param name - in lower case
 */
export function mayForward(name: string): boolean {
  return !own.has(name) && !credentials.test(name) && headerNameProblem(name) === undefined;
}

/** What is wrong with headers that are to be sent to a vendor, or `undefined` if they are valid. */
export function forwardedHeadersProblem(headers: Readonly<Record<string, string>>): string | undefined {
  let characters = 0;
  let count = 0;
  for (const name in headers) {
    const value = headers[name] as string;
    count += 1;
    characters += name.length + value.length;
    const shown = JSON.stringify(name.slice(0, 100));
    if (name !== name.toLowerCase()) return `the name ${shown} must be in lower case.`;
    if (!mayForward(name)) return `${shown} may not be sent to a vendor.`;
    const problem = headerValueProblem(value);
    if (problem !== undefined) return `the value of ${shown} cannot be sent: ${problem}`;
  }
  if (count > callerBounds.forwardedHeaders)
    return `there are more than ${String(callerBounds.forwardedHeaders)} headers.`;
  if (characters > callerBounds.forwardedCharacters)
    return `they are longer than ${String(callerBounds.forwardedCharacters)} characters in total.`;
  return undefined;
}

/** Those of a caller's headers that may change the answer, for cache keys. `undefined`: there are none. */
export function answerHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  let found: Record<string, string> | undefined;
  for (const name in headers) if (!identifying.test(name)) (found ??= {})[name] = headers[name] as string;
  return found;
}
