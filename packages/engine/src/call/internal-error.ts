import type { JsonObject, RouterError } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import { placesOf } from "../events/fault-log.js";
import type { Call } from "./call.js";

/** Limit for the stack frames in the log line of an internal error. */
const mostFrames = 20;

/**
 * Logs an exception that is not a `RouterError`, which is a bug of ours or of a custom part that runs outside an
 * attempt.
 * @returns the error that the call fails with. It blames neither the caller nor a deployment, unless the stack
 * overflowed because the request is nested too deeply.
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

/** Omits the message, which may quote a prompt. */
function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause;
}

/**
 * Matches the messages of stack overflows, which V8 and JavaScriptCore report by a `RangeError`, SpiderMonkey by an
 * `InternalError`.
 */
const stackOverflow = /call stack|too much recursion/iu;
/** A request that is nested less deeply does not cause a stack overflow. */
const deepNesting = 200;

/** Whether the stack overflowed because of a deeply nested request. */
function isNestedTooDeep(request: JsonObject, thrown: unknown): boolean {
  return thrown instanceof Error && stackOverflow.test(thrown.message) && isDeep(request);
}

/**
 * Whether a value is nested at least {@link deepNesting} levels deep. It is not recursive, since the stack has just
 * overflowed.
 */
function isDeep(request: JsonObject): boolean {
  // Sets keep the levels small if objects are shared or refer to themselves.
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
