import { createError, type RouterError } from "@modelyard/core";
import { placesOf } from "../state/fault-log.js";
import type { Call } from "../request/call.js";

/** Stack frames in the log line of an internal error. */
const mostFrames = 20;

/**
 * Logs what our own code, or a part that it called outside an attempt, threw instead of a `RouterError`.
 * @returns what the call fails with: neither the caller nor a deployment is to blame
 */
export function internalError({ services, trail }: Call, cause: unknown): RouterError {
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
