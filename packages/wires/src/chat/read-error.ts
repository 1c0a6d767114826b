import type { ErrorKind } from "@modelyard/core";
import { given } from "../fields.js";
import type { HubError } from "../hub/error.js";
import type { HubEvent } from "../hub/events.js";
import { isJsonObject } from "../json.js";

/** The words of OpenAI's APIs for failures, as `code` or `type`. Source: https://platform.openai.com/docs/guides/error-codes. */
const kinds: Readonly<Record<string, ErrorKind>> = {
  context_length_exceeded: "context_window_exceeded",
  content_policy_violation: "content_policy_violation",
  content_filter: "content_policy_violation",
  invalid_prompt: "content_policy_violation",
  insufficient_quota: "quota_exhausted",
  rate_limit_exceeded: "rate_limit",
  rate_limit_error: "rate_limit",
  server_error: "internal_server",
  invalid_request_error: "bad_request",
  authentication_error: "authentication",
  invalid_api_key: "authentication",
  permission_error: "permission_denied",
  model_not_found: "not_found",
  overloaded: "overloaded",
  stream_interrupted: "stream_interrupted",
  overloaded_error: "overloaded",
};

/** An error object of Chat Completions or Responses, inside a stream or an answer. */
export function readErrorObject(error: unknown): HubError {
  if (!isJsonObject(error)) return { kind: "api_error", message: String(error) };
  const { message, type, param } = error;
  // Some hosts write numbers.
  const code = typeof error["code"] === "number" ? String(error["code"]) : error["code"];
  return {
    kind: kindOf(code) ?? kindOf(type) ?? "api_error",
    message: typeof message === "string" ? message : "The vendor reported an error without a message.",
    ...given({ code: textOf(code), type: textOf(type), param: textOf(param) }),
  };
}

export function readStreamError(error: unknown): HubEvent {
  return { type: "error", error: readErrorObject(error) };
}

/** The kind of failure that a `code` or `type` names; `undefined`: none that is known. */
export function kindOf(word: unknown): ErrorKind | undefined {
  return typeof word === "string" && Object.hasOwn(kinds, word) ? kinds[word] : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
