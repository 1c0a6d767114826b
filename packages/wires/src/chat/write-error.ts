import { errorKinds } from "@modelyard/core";
import type { HubError } from "../hub/error.js";
import type { JsonObject } from "../json.js";

/** The error object of OpenAI's APIs. The kind decides on `type` and `code`, since clients of another wire sent them. */
export function writeErrorObject({ kind, message, param }: HubError): JsonObject {
  const { type, code } = errorKinds[kind];
  return { message, type, param: param ?? null, code };
}
