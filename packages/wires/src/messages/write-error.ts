import { type ErrorKind, errorKinds } from "@modelyard/core";
import type { HubError, WrittenError } from "../hub/error.js";
import type { JsonObject } from "../json.js";
import { contextLimitMessage } from "./context-limit.js";

/** How Messages says that a call failed. */
interface MessagesFailure {
  readonly status: number;
  readonly type: string;
}

const rows = {
  bad_request: { status: 400, type: "invalid_request_error" },
  invalid_request: { status: 400, type: "invalid_request_error" },
  unsupported_params: { status: 400, type: "invalid_request_error" },
  context_window_exceeded: { status: 400, type: "invalid_request_error" },
  content_policy_violation: { status: 400, type: "invalid_request_error" },
  unprocessable_entity: { status: 400, type: "invalid_request_error" },
  payload_too_large: { status: 413, type: "request_too_large" },
  authentication: { status: 401, type: "authentication_error" },
  permission_denied: { status: 403, type: "permission_error" },
  quota_exhausted: { status: 402, type: "billing_error" },
  not_found: { status: 404, type: "not_found_error" },
  model_not_found: { status: 404, type: "not_found_error" },
  conflict: { status: 409, type: "conflict_error" },
  rate_limit: { status: 429, type: "rate_limit_error" },
  timeout: { status: 504, type: "timeout_error" },
  overloaded: { status: 529, type: "overloaded_error" },
  service_unavailable: { status: 529, type: "overloaded_error" },
  no_deployment_available: { status: 529, type: "overloaded_error" },
  internal_server: { status: 500, type: "api_error" },
  bad_gateway: { status: 502, type: "api_error" },
  api_error: { status: 502, type: "api_error" },
  api_connection: { status: 502, type: "api_error" },
  invalid_response: { status: 502, type: "api_error" },
  // Within a stream, opencode asks again after this type, and ends its session after an `api_error`.
  stream_interrupted: { status: 529, type: "overloaded_error" },
  aborted: { status: 499, type: "api_error" },
  invalid_option: { status: 500, type: "api_error" },
} as const satisfies Record<ErrorKind, MessagesFailure>;

/** An error answer. @param requestId - ours; not set: the vendor's */
export function writeError(error: HubError, requestId?: string): WrittenError {
  return { status: rows[error.kind].status, body: writeErrorBody(error, requestId) };
}

/** The body of an error answer, and the data of an `error` event. */
export function writeErrorBody({ kind, message, code, ...error }: HubError, requestId = error.requestId): JsonObject {
  const text = kind === "context_window_exceeded" ? contextLimitMessage(message) : message;
  const details = { error_code: code ?? errorKinds[kind].code };
  return { type: "error", error: { type: rows[kind].type, message: text, details }, request_id: requestId ?? null };
}
