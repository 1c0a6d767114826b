import type { RouterError } from "@modelyard/core";
import { type AttemptTimeouts, plainTimeouts, streamTimeouts } from "@modelyard/policies";
import { type Call, isApart } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";

/** The parts of a failed attempt that decide whether its caller caused the failure. */
interface FailedAttempt {
  readonly call: Call;
  readonly runtime: DeploymentRuntime;
  readonly timeouts: AttemptTimeouts;
  /** The time limit that was exceeded, if one was. */
  readonly passedLimit: keyof AttemptTimeouts | undefined;
  readonly record: { readonly durationMs: number };
}

/** How much too early a platform's timers may fire, in milliseconds. */
const timerSlackMs = 5;
/** The limits that a provider's transport enforces. */
const transportLimits = ["connectMs", "headersMs"] as const;

/**
 * Whether a failure was caused by the caller: by a request that is wrong, or by its own key, address, time limit, model name,
 * operation, stored id or reasoning. Such a failure says nothing about the deployment, and must not affect other callers.
 */
export function isCausedByCaller(attempt: FailedAttempt, error: RouterError): boolean {
  const { call, runtime } = attempt;
  if (isApart(call) || error.blame === "caller") return true;
  if (error.kind === "timeout") return isCallersTimeout(attempt, error);
  if (lacksPath(call.row, error) || error.upstream?.foreignReasoning === true) return true;
  // What the caller refers to may have been deleted. A vendor that does not have the model says so.
  if (call.stored?.account !== undefined && error.kind === "not_found" && error.code !== "model_not_found") return true;
  // If the deployment's model is a pattern, the caller chooses the model, which the vendor may not have or not allow.
  const named = error.kind === "not_found" || error.kind === "permission_denied";
  return named && runtime.deployment.model.includes("*");
}

/** Whether a host that has the operation's API may lack this part of it. */
function lacksPath({ partOf }: Call["row"], { kind, code, upstream }: RouterError): boolean {
  return partOf !== undefined && (upstream?.status === 405 || (kind === "not_found" && code !== "model_not_found"));
}

/** Whether the request's own time limit was exceeded before the configured one would have been. */
function isCallersTimeout(
  { call, runtime, timeouts, passedLimit, record }: FailedAttempt,
  error: RouterError,
): boolean {
  const configured = configuredTimeouts(call, runtime);
  if (timeouts === configured) return false;
  const isShorter = (limit: keyof AttemptTimeouts): boolean =>
    (timeouts[limit] ?? Number.POSITIVE_INFINITY) < (configured[limit] ?? Number.POSITIVE_INFINITY);
  if (passedLimit !== undefined) return isShorter(passedLimit);
  // An upstream status, such as 408, means that the vendor itself reported the timeout.
  if (error.upstream?.status !== undefined) return false;
  const { durationMs } = record;
  return transportLimits.some(
    (limit) =>
      isShorter(limit) &&
      durationMs >= (timeouts[limit] ?? 0) - timerSlackMs &&
      durationMs < (configured[limit] ?? Number.POSITIVE_INFINITY),
  );
}

/** The limits that the operator configured, without those of the request. */
function configuredTimeouts({ entryOptions, stream }: Call, runtime: DeploymentRuntime): AttemptTimeouts {
  if (entryOptions === undefined) return stream ? runtime.streamed : runtime.plain;
  const sources = [entryOptions, ...runtime.timeoutSources];
  return stream ? streamTimeouts(sources) : plainTimeouts(sources);
}
