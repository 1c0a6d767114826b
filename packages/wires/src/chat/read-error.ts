import { type ErrorKind, errorKinds } from "@modelyard/core";
import { createError, kindOfStatus } from "@modelyard/core/kit";
import { type Fields, given } from "../fields.js";
import { isForeignReasoning } from "../foreign-reasoning.js";
import type { HubError } from "../hub/error.js";
import type { HubEvent } from "../hub/events.js";
import { isJsonObject, type JsonObject } from "../json.js";

/**
 * The words of OpenAI's APIs for failures, as `code` or `type`.
 * Sources: https://platform.openai.com/docs/guides/error-codes, and the codes of `ResponseError` in openai 7.57.0.
 */
const kinds: Readonly<Record<string, ErrorKind>> = {
  context_length_exceeded: "context_window_exceeded",
  content_policy_violation: "content_policy_violation",
  content_filter: "content_policy_violation",
  invalid_prompt: "content_policy_violation",
  bio_policy: "content_policy_violation",
  misalignment_policy_violation: "content_policy_violation",
  data_residency_mismatch: "permission_denied",
  insufficient_quota: "quota_exhausted",
  billing_hard_limit_reached: "quota_exhausted",
  rate_limit_exceeded: "rate_limit",
  rate_limit_error: "rate_limit",
  server_error: "internal_server",
  vector_store_timeout: "timeout",
  timeout: "timeout",
  unsupported_parameter: "unsupported_params",
  authentication_error: "authentication",
  invalid_api_key: "authentication",
  permission_error: "permission_denied",
  model_not_found: "not_found",
  previous_response_not_found: "not_found",
  overloaded: "overloaded",
  stream_interrupted: "stream_interrupted",
  overloaded_error: "overloaded",
};

const tooLong = /maximum context length|context (?:length|window)|prompt is too long/iu;

/** An error answer of Chat Completions or Responses. @param body - parsed, or the text where it is not JSON */
export function readError(status: number, body: unknown): HubError {
  const error = isJsonObject(body) ? (body["error"] ?? body) : body;
  const read = isJsonObject(error) ? readFields(error, kindOfStatus(status)) : readText(error, kindOfStatus(status));
  return { ...read, ...(read.message === "" ? { message: withoutMessage(status) } : {}), status };
}

/** What is reported where the vendor answered nothing that can be shown. */
export function withoutMessage(status: number): string {
  return `The vendor answered with status ${String(status)} and no message.`;
}

/** An error object of Chat Completions or Responses, inside a stream or an answer. */
export function readErrorObject(error: unknown): HubError {
  const { message, ...others } = isJsonObject(error) ? readFields(error, undefined) : readText(error, undefined);
  return { ...others, message: message === "" ? "The vendor reported an error without a message." : message };
}

/** The error in an answer whose status says that there is none. */
export function readErrorIn(answer: Fields): HubError | undefined {
  const error = answer.any("error");
  return error === undefined ? undefined : readErrorObject(error);
}

/** @throws the failure that an answer is */
export function throwFailure({ kind, message, code, param }: HubError): never {
  throw createError({ kind, message, ...given({ code, param }) });
}

/** A failure of a vendor that did not notice it. */
export function invalidResponse(message: string): HubError {
  return { kind: "invalid_response", message };
}

export function readStreamError(error: unknown): HubEvent {
  return { type: "error", error: readErrorObject(error) };
}

/** A page of a proxy in between says nothing that a caller could use. */
export function readText(error: unknown, kind: ErrorKind = "api_error"): HubError {
  const text = typeof error === "string" ? error.trim() : "";
  return { kind, message: text.startsWith("<") ? "" : text };
}

function readFields(error: JsonObject, byStatus: ErrorKind | undefined): HubError {
  const { type, param } = error;
  const message = textOf(error["message"]) ?? textOf(error["detail"]) ?? "";
  // Some hosts write numbers.
  const code = typeof error["code"] === "number" ? String(error["code"]) : textOf(error["code"]);
  const named = kindOf(code) ?? kindOf(type) ?? byText(message, type, byStatus);
  return {
    kind: named === undefined || isVaguer(named, byStatus) ? (byStatus ?? "api_error") : named,
    message,
    ...given({
      code,
      type: textOf(type),
      param: textOf(param),
      foreignReasoning: isForeignReasoning(code, message) ? (true as const) : undefined,
    }),
  };
}

/** OpenAI has one word for everything that fails at a server; the status says more. */
function isVaguer(named: ErrorKind, byStatus: ErrorKind | undefined): boolean {
  return named === "internal_server" && byStatus !== undefined && errorKinds[byStatus].status >= 500;
}

function byText(message: string, type: unknown, byStatus: ErrorKind | undefined): ErrorKind | undefined {
  const refused = byStatus === undefined ? type === "invalid_request_error" : byStatus === "bad_request";
  if (!refused) return undefined;
  return tooLong.test(message) ? "context_window_exceeded" : "bad_request";
}

/** The kind of failure that a `code` or `type` names; `undefined`: none that is known. */
export function kindOf(word: unknown): ErrorKind | undefined {
  return typeof word === "string" && Object.hasOwn(kinds, word) ? kinds[word] : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
