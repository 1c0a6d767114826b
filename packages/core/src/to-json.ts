import { createError } from "./errors/index.js";
import type { JsonObject } from "./json.js";

/**
 * A request as JSON text.
 * @throws `invalid_request` for one that JSON cannot say: too deep for the platform, circular, or holding a big integer
 */
export function toJson(request: JsonObject): string {
  try {
    return JSON.stringify(request);
  } catch (cause) {
    throw unwritable(cause);
  }
}

/** @param cause - what the platform threw. Its message may quote keys of the request */
export function unwritable(cause: unknown): Error {
  return createError({
    kind: "invalid_request",
    message:
      "The request cannot be serialized as JSON: it is nested too deeply, refers to itself or contains a BigInt.",
    cause,
  });
}
