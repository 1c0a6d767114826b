import { type ErrorKind, errorKinds } from "@modelyard/core";
import type { HubError, WrittenError } from "../hub/error.js";
import type { JsonObject } from "../json.js";

/** Failures of which the vendor's own code says more than ours. */
const ownCodes: ReadonlySet<ErrorKind> = new Set([
  "bad_request",
  "invalid_request",
  "not_found",
  "unprocessable_entity",
  "unsupported_params",
]);

/** An error answer of Chat Completions or Responses. */
export function writeError(error: HubError): WrittenError {
  return { status: errorKinds[error.kind].status, body: { error: writeErrorObject(error) } };
}

/** The error object of OpenAI's APIs. The kind decides on `type` and `code`, since clients of another wire sent them. */
export function writeErrorObject({ kind, message, param, code }: HubError): JsonObject {
  const { type, code: ours } = errorKinds[kind];
  // Anthropic has one word for all that does not exist, and it is nearly always the model.
  const otherwise = kind === "not_found" ? errorKinds.model_not_found.code : ours;
  return { message, type, param: param ?? null, code: ownCodes.has(kind) ? (code ?? otherwise) : ours };
}
