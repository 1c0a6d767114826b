/**
 * All kinds of failures, as one table. Policies decide by these columns, never by a message.
 *
 * `blame` says what caused the failure:
 * - `request`: the request. Similar deployments would refuse it, too. Never counts against health.
 * - `load`: a limit of the vendor, which passes. Starts a cooldown for the time that the vendor states. Never counts
 *   against health.
 * - `credential`: the key or its account. Other keys may work.
 * - `upstream`: the vendor failed. Counts against health.
 * - `transport`: there was no answer. Counts against health.
 * - `caller`: the caller aborted, or its request is wrong whichever deployment serves it. Nothing is retried, falls back
 *   or is counted.
 * - `router`: the router decided so before any vendor was called.
 */
export type Blame = "request" | "load" | "credential" | "upstream" | "transport" | "caller" | "router";

export interface ErrorKindRow {
  /** The class name in policies, as in LiteLLM. */
  readonly className: string;
  /** Classes whose policy applies if there is none for `className`, the nearest first. */
  readonly parents: readonly string[];
  /** The HTTP status, unless the vendor gave one. */
  readonly status: number;
  /** The `error.type` in the body of the answer. */
  readonly type: string;
  /** The `error.code` in the body of the answer, unless the vendor gave one. */
  readonly code: string;
  readonly blame: Blame;
}

const badRequest = ["BadRequestError"];

export const errorKinds = {
  bad_request: row("BadRequestError", 400, "invalid_request_error", "bad_request", "request"),
  // Found by our own code. What a vendor rejects is a `bad_request`, since another vendor may accept it.
  invalid_request: row("InvalidRequestError", 400, "invalid_request_error", "invalid_request", "caller", badRequest),
  unsupported_params: row(
    "UnsupportedParamsError",
    400,
    "invalid_request_error",
    "unsupported_parameter",
    "request",
    badRequest,
  ),
  context_window_exceeded: row(
    "ContextWindowExceededError",
    400,
    "invalid_request_error",
    "context_length_exceeded",
    "request",
    badRequest,
  ),
  content_policy_violation: row(
    "ContentPolicyViolationError",
    400,
    "invalid_request_error",
    "content_policy_violation",
    "request",
    badRequest,
  ),
  payload_too_large: row(
    "PayloadTooLargeError",
    413,
    "invalid_request_error",
    "payload_too_large",
    "request",
    badRequest,
  ),
  unprocessable_entity: row(
    "UnprocessableEntityError",
    422,
    "invalid_request_error",
    "unprocessable_entity",
    "request",
    badRequest,
  ),
  authentication: row("AuthenticationError", 401, "authentication_error", "invalid_api_key", "credential"),
  permission_denied: row("PermissionDeniedError", 403, "permission_error", "permission_denied", "credential", [
    "AuthenticationError",
  ]),
  quota_exhausted: row("QuotaExhaustedError", 429, "insufficient_quota", "insufficient_quota", "credential", [
    "RateLimitError",
  ]),
  not_found: row("NotFoundError", 404, "invalid_request_error", "not_found", "upstream"),
  timeout: row("Timeout", 408, "timeout_error", "timeout", "transport"),
  conflict: row("ConflictError", 409, "api_error", "conflict", "upstream"),
  rate_limit: row("RateLimitError", 429, "rate_limit_error", "rate_limit_exceeded", "load"),
  internal_server: row("InternalServerError", 500, "server_error", "internal_server_error", "upstream"),
  bad_gateway: row("BadGatewayError", 502, "server_error", "bad_gateway", "upstream"),
  service_unavailable: row("ServiceUnavailableError", 503, "server_error", "service_unavailable", "upstream"),
  overloaded: row("OverloadedError", 503, "server_error", "overloaded", "upstream", ["ServiceUnavailableError"]),
  api_error: row("APIError", 502, "api_error", "api_error", "upstream"),
  api_connection: row("APIConnectionError", 502, "api_connection_error", "connection_error", "transport"),
  invalid_response: row("APIResponseValidationError", 502, "server_error", "invalid_response", "upstream"),
  stream_interrupted: row("StreamInterruptedError", 502, "server_error", "stream_interrupted", "transport", [
    "MidStreamFallbackError",
  ]),
  aborted: row("AbortedError", 499, "aborted", "request_aborted", "caller"),
  model_not_found: row("ModelNotFoundError", 404, "invalid_request_error", "model_not_found", "router", [
    "NotFoundError",
  ]),
  no_deployment_available: row("NoDeploymentAvailableError", 503, "server_error", "no_deployment_available", "router"),
  invalid_option: row("InvalidOptionError", 500, "configuration_error", "invalid_option", "router"),
} as const satisfies Record<string, ErrorKindRow>;

/** A closed union, so that a `switch` over it can be exhaustive. */
export type ErrorKind = keyof typeof errorKinds;

/** All class names that a policy can use. */
export type ErrorClassName = (typeof errorKinds)[ErrorKind]["className"] | "MidStreamFallbackError";

/** The classes whose policies apply to `kind`, the nearest first. */
export function policyClasses(kind: ErrorKind): readonly string[] {
  return classesByKind[kind];
}

const classesByKind = Object.fromEntries(
  Object.entries(errorKinds).map(([kind, { className, parents }]) => [kind, [className, ...parents]]),
) as unknown as Record<ErrorKind, readonly string[]>;

function row<const Name extends string>(
  className: Name,
  status: number,
  type: string,
  code: string,
  blame: Blame,
  parents: readonly string[] = [],
): ErrorKindRow & { readonly className: Name } {
  return { className, parents, status, type, code, blame };
}
