import type { ErrorKind } from "./kinds.js";

const kindsByStatus: Readonly<Record<number, ErrorKind>> = {
  400: "bad_request",
  401: "authentication",
  402: "quota_exhausted",
  403: "permission_denied",
  404: "not_found",
  408: "timeout",
  409: "conflict",
  413: "payload_too_large",
  422: "unprocessable_entity",
  429: "rate_limit",
  500: "internal_server",
  502: "bad_gateway",
  503: "service_unavailable",
  504: "timeout",
  529: "overloaded",
};

/** The kind of error that a status alone suggests. Unknown statuses are judged by their first digit. */
export function kindOfStatus(status: number): ErrorKind {
  return kindsByStatus[status] ?? (status >= 500 ? "internal_server" : status >= 400 ? "bad_request" : "api_error");
}

/**
 * The status that a caller receives for a vendor's `status`: the same if it is an HTTP error, 503 for 529, which
 * OpenAI's clients do not know, and otherwise 502.
 */
export function callerStatus(status: number): number {
  if (status === 529) return 503;
  return status >= 400 && status <= 599 ? status : 502;
}
