import { addressNotPublic, isPublicHost, TransportError } from "@modelyard/core/kit";

/** A connection is kept if the rest of its body arrives within these bounds, in bytes and milliseconds. */
export const mostLeft = 64 * 1024;
export const lastMs = 50;

/** The longest delay that platforms' timers accept; longer ones would fire at once. */
export const longestMs = 2_147_483_647;

/** Codes of failures before a request is sent: names, connections and certificates. */
const connectCodes =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+|HOSTNAME_MISMATCH|ERR_TLS_\w+|ERR_SSL_\w+|EPROTO)$/u;

/** How Deno's `fetch` says the same, in the message of a cause, because its errors have no code. */
const denoConnectFailure = "client error (Connect)";

/** Whether a `fetch` failed because there was no connection. */
export function isConnectFailure(thrown: unknown): boolean {
  const code = codeOf(thrown);
  if (code !== undefined) return connectCodes.test(code);
  for (const error of causes(thrown))
    if (error instanceof Error && error.message.includes(denoConnectFailure)) return true;
  return false;
}

/** A connection failure as our error. @param phase - used if the thrown value is not such an error already */
export function toTransportError(thrown: unknown, origin: string, phase: "connect" | "reset"): TransportError {
  if (thrown instanceof TransportError) return thrown;
  const code = codeOf(thrown);
  const what = phase === "connect" ? "no connection" : "the connection broke";
  const message = `${origin}: ${what}${code === undefined ? "" : ` (${code})`}`;
  return new TransportError(phase, message, { code, cause: unquoted(thrown) });
}

/** Errors, from the outermost to the root cause. */
function* causes(thrown: unknown): Generator<object> {
  for (let error = thrown, depth = 0; typeof error === "object" && error !== null && depth < 5; depth += 1) {
    yield error;
    const { errors, cause } = error as { readonly errors?: unknown; readonly cause?: unknown };
    // A name with several addresses has one failure for each.
    error = Array.isArray(errors) ? (errors[0] as unknown) : cause;
  }
}

/** undici's parser quotes what it could not read, which may be part of an answer. Only the message of its error is kept. */
function unquoted(thrown: unknown): unknown {
  for (const error of causes(thrown))
    if (error instanceof Error && error.name === "HTTPParserError") return new Error(error.message);
  return thrown;
}

/** The error for one of the request's own time limits. @param what - what did not arrive in time */
export function timedOut(origin: string, what: string, ms: number): TransportError {
  return new TransportError("timeout", `${origin}: no ${what} within ${String(ms)} ms`);
}

/** The platform's error code, which may be on a cause. */
function codeOf(thrown: unknown): string | undefined {
  for (const error of causes(thrown)) {
    const { code } = error as { readonly code?: unknown };
    if (typeof code === "string") return code;
  }
  return undefined;
}

/** Whether a host may be public, judging by its name or address. */
export function isPublicOrigin(origin: string): boolean {
  return URL.canParse(origin) && isPublicHost(new URL(origin).hostname);
}

/** The error for a request that was not sent, since it may only go to public addresses. */
export function notPublic(origin: string): TransportError {
  return new TransportError("connect", `${origin} resolves to an address that is not public`, {
    code: addressNotPublic,
  });
}
