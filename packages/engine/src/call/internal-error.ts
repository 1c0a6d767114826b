import { createError, type RouterError } from "@modelyard/core";
import { placesOf } from "../events/fault-log.js";
import type { Call } from "./call.js";
import { isNestedTooDeep } from "./nesting.js";

/** Stack frames in the log line of an internal error. */
const mostFrames = 20;

/**
 * Logs what our own code, or a part that it called outside an attempt, threw instead of a `RouterError`.
 * @returns what the call fails with: neither the caller nor a deployment is to blame, unless the stack overflowed over a
 * request that is nested too deep
 */
export function internalError(call: Call, cause: unknown): RouterError {
  const { services, trail, request } = call;
  if (isNestedTooDeep(request, cause))
    return createError({ kind: "bad_request", message: "The request is nested too deeply.", cause });
  const fields = { call: trail.callId, error: nameOf(cause), stack: placesOf(cause, mostFrames) };
  services.logger.error(fields, "internal error in the router; please report it with this stack");
  return createError({
    kind: "api_error",
    status: 500,
    message: `Internal router error (${nameOf(cause)}); see \`cause\` and the log.`,
    cause,
  });
}

/** Without the message, which may quote a prompt. */
function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause;
}
