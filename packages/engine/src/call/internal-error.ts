import type { JsonObject, RouterError } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import { placesOf } from "../events/fault-log.js";
import type { Call } from "./call.js";

/** Stack frames in the log line of an internal error. */
const mostFrames = 20;

/**
 * Logs what our own code, or a part that it called outside of an attempt, threw instead of a `RouterError`.
 * @returns the error of the call. Neither the caller nor a deployment is at fault, unless the stack overflowed because
 * of a request that is nested too deeply
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

/** How engines report a stack overflow: V8 and JavaScriptCore throw a `RangeError`, SpiderMonkey an `InternalError`. */
const stackOverflow = /call stack|too much recursion/iu;
/** A request that is nested less deeply does not cause a stack overflow. */
const deepNesting = 200;

/** Whether the stack overflowed, and the request is nested so deeply that it is the cause. */
function isNestedTooDeep(request: JsonObject, thrown: unknown): boolean {
  return thrown instanceof Error && stackOverflow.test(thrown.message) && isDeep(request);
}

/** Whether some value is nested at least {@link deepNesting} levels deep. Not recursive: the stack has just overflowed. */
function isDeep(request: JsonObject): boolean {
  // Sets are used because an object may refer to itself.
  let level: ReadonlySet<object> = new Set([request]);
  for (let depth = 0; depth < deepNesting && level.size > 0; depth += 1) {
    const next = new Set<object>();
    for (const parent of level)
      for (const child of Object.values(parent) as readonly unknown[])
        if (typeof child === "object" && child !== null) next.add(child);
    level = next;
  }
  return level.size > 0;
}
