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

/** The kind that a status alone speaks for; what is not in the table goes by its hundreds. */
export function kindOfStatus(status: number): ErrorKind {
  return kindsByStatus[status] ?? (status >= 500 ? "internal_server" : status >= 400 ? "bad_request" : "api_error");
}

/**
 * The status a caller sees for a vendor's `status`: the vendor's own where OpenAI's clients know it, 503 for 529 and
 * 502 for what no HTTP client expects of an error.
 */
export function callerStatus(status: number): number {
  if (status === 529) return 503;
  return status >= 400 && status <= 599 ? status : 502;
}
