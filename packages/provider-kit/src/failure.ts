import { addressNotPublic, isPublicHost, TransportError } from "@modelyard/core/kit";

/** What a body whose end is near may still bring, in bytes and milliseconds, and have its connection kept. */
export const mostLeft = 64 * 1024;
export const lastMs = 50;

/** Longest delay that platforms' timers take; longer ones would fire at once. */
export const longestMs = 2_147_483_647;

/** Codes of failures that come before a request is on its way: of names, of reaching, of certificates. */
const connectCodes =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+|HOSTNAME_MISMATCH|ERR_TLS_\w+|ERR_SSL_\w+|EPROTO)$/u;

/** Whether a failure of a `fetch` tells that there was no connection. */
export function isConnectFailure(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return code !== undefined && connectCodes.test(code);
}

/** A failure of the wire in our words. @param phase - unless the platform's code says better */
export function toTransportError(thrown: unknown, origin: string, phase: "connect" | "reset"): TransportError {
  if (thrown instanceof TransportError) return thrown;
  const code = codeOf(thrown);
  const what = phase === "connect" ? "no connection" : "the connection broke";
  const message = `${origin}: ${what}${code === undefined ? "" : ` (${code})`}`;
  return new TransportError(phase, message, { code, cause: unquoted(thrown) });
}

/** Errors, from the outermost to the cause of all. */
function* causes(thrown: unknown): Generator<object> {
  for (let error = thrown, depth = 0; typeof error === "object" && error !== null && depth < 5; depth += 1) {
    yield error;
    const { errors, cause } = error as { readonly errors?: unknown; readonly cause?: unknown };
    // Where a name has several addresses there is one failure for each.
    error = Array.isArray(errors) ? (errors[0] as unknown) : cause;
  }
}

/** undici's parser quotes what it could not read, which may be a part of an answer: of its error the message is kept. */
function unquoted(thrown: unknown): unknown {
  for (const error of causes(thrown))
    if (error instanceof Error && error.name === "HTTPParserError") return new Error(error.message);
  return thrown;
}

/** One of the request's own limits has passed. @param what - did not happen in time */
export function timedOut(origin: string, what: string, ms: number): TransportError {
  return new TransportError("timeout", `${origin}: no ${what} within ${String(ms)} ms`);
}

/** The platform's code, however deep it lies. */
function codeOf(thrown: unknown): string | undefined {
  for (const error of causes(thrown)) {
    const { code } = error as { readonly code?: unknown };
    if (typeof code === "string") return code;
  }
  return undefined;
}

/** Whether a host may be public, as far as its name or address tells. */
export function isPublicOrigin(origin: string): boolean {
  return URL.canParse(origin) && isPublicHost(new URL(origin).hostname);
}

/** Nothing was sent, since the request may only go to public addresses. */
export function notPublic(origin: string): TransportError {
  return new TransportError("connect", `${origin} resolves to an address that is not public`, {
    code: addressNotPublic,
  });
}
