import type { ErrorKind } from "@modelyard/core";
import { kindOf } from "../chat/read-error.js";
import { given } from "../fields.js";
import type { HubError } from "../hub/error.js";
import { isJsonObject } from "../json.js";

/** Source: the error classes of @anthropic-ai/sdk 1.12.0, and https://platform.claude.com/docs/en/api/errors. */
const kinds: Readonly<Record<string, ErrorKind>> = {
  invalid_request_error: "bad_request",
  authentication_error: "authentication",
  billing_error: "quota_exhausted",
  permission_error: "permission_denied",
  not_found_error: "not_found",
  conflict_error: "conflict",
  request_too_large: "payload_too_large",
  rate_limit_error: "rate_limit",
  api_error: "internal_server",
  timeout_error: "timeout",
  overloaded_error: "overloaded",
};

/** An error object of Messages, without what stands around it. */
export function readErrorObject(error: unknown): HubError {
  if (!isJsonObject(error)) return { kind: "api_error", message: String(error) };
  const type = typeof error["type"] === "string" ? error["type"] : undefined;
  const message =
    typeof error["message"] === "string" ? error["message"] : "The vendor reported an error without a message.";
  const known = type !== undefined && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  const code = isJsonObject(error["details"]) ? error["details"]["error_code"] : undefined;
  const cause = kindOf(code);
  if (typeof code === "string" && cause !== undefined) return { kind: cause, message, code, ...given({ type }) };
  const tooLong = known === "bad_request" && message.includes("prompt is too long");
  return { kind: tooLong ? "context_window_exceeded" : (known ?? "api_error"), message, ...given({ type }) };
}
