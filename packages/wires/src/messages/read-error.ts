import type { ErrorKind } from "@modelyard/core";
import { kindOfStatus } from "@modelyard/core/kit";
import { kindOf, readText, withoutMessage } from "../chat/read-error.js";
import { given } from "../fields.js";
import { isForeignReasoning } from "../foreign-reasoning.js";
import type { HubError } from "../hub/error.js";
import { isJsonObject, type JsonObject } from "../json.js";

/** Source: the error classes of @anthropic-ai/sdk 1.12.0, and https://platform.claude.com/docs/en/api/errors. */
const kinds: Readonly<Record<string, ErrorKind>> = {
  authentication_error: "authentication",
  billing_error: "quota_exhausted",
  permission_error: "permission_denied",
  not_found_error: "not_found",
  conflict_error: "conflict",
  request_too_large: "payload_too_large",
  rate_limit_error: "rate_limit",
  timeout_error: "timeout",
  overloaded_error: "overloaded",
};

/** What an `invalid_request_error` is about, which only its words say. */
const tooLong = /prompt is too long|input length and `max_tokens` exceed context limit/u;
const unknownField = /^(?<field>[\w.[\]-]+): Extra inputs are not permitted/u;

/** An error answer of Messages. @param body - parsed, or the text where it is not JSON */
export function readError(status: number, body: unknown): HubError {
  const error = isJsonObject(body) ? (body["error"] ?? body) : body;
  const byStatus = kindOfStatus(status);
  const read = isJsonObject(error) ? readFields(error, byStatus) : readText(error, byStatus);
  const requestId = isJsonObject(body) && typeof body["request_id"] === "string" ? body["request_id"] : undefined;
  const message = read.message === "" ? withoutMessage(status) : read.message;
  return { ...read, message, status, ...given({ requestId }) };
}

/** An error object of Messages, without what stands around it. */
export function readErrorObject(error: unknown): HubError {
  const { message, ...others } = isJsonObject(error) ? readFields(error, undefined) : readText(error);
  return { ...others, message: message === "" ? "The vendor reported an error without a message." : message };
}

function readFields(error: JsonObject, byStatus: ErrorKind | undefined): HubError {
  const type = typeof error["type"] === "string" ? error["type"] : undefined;
  const message = typeof error["message"] === "string" ? error["message"] : "";
  const code = isJsonObject(error["details"]) ? error["details"]["error_code"] : undefined;
  const cause = kindOf(code);
  const known = type !== undefined && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  const general =
    type === "invalid_request_error" ? "bad_request" : type === "api_error" ? "internal_server" : undefined;
  const field = unknownField.exec(message)?.groups?.["field"];
  const kind = cause ?? known ?? byStatus ?? general ?? "api_error";
  return {
    kind: kind === "bad_request" ? about(message, field) : kind,
    message,
    ...given({
      type,
      code: typeof code === "string" ? code : undefined,
      param: field,
      foreignReasoning: isForeignReasoning(undefined, message) ? (true as const) : undefined,
    }),
  };
}

function about(message: string, field: string | undefined): ErrorKind {
  if (tooLong.test(message)) return "context_window_exceeded";
  return field === undefined ? "bad_request" : "unsupported_params";
}
