import type { RouterError } from "@modelyard/core";
import { type AttemptTimeouts, plainTimeouts, streamTimeouts } from "@modelyard/policies";
import type { Call } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";

/** The parts of an attempt that decide whether the caller caused its failure. */
interface FailedAttempt {
  readonly call: Call;
  readonly runtime: DeploymentRuntime;
  readonly timeouts: AttemptTimeouts;
  /** The limit whose timer fired here, if any. */
  readonly passedLimit: keyof AttemptTimeouts | undefined;
  readonly record: { readonly durationMs: number };
}

/** How much too early a platform's timer may fire, in milliseconds. */
const timerSlackMs = 5;
/** The limits that a provider's transport watches. */
const transportLimits = ["connectMs", "headersMs"] as const;

/**
 * Whether something that the caller sent caused the failure. Then the failure says nothing about the deployment, and
 * must not affect other callers.
 */
export function isCallersDoing(attempt: FailedAttempt, error: RouterError): boolean {
  const { call, runtime } = attempt;
  if (call.options.clientAuth !== undefined) return true;
  if (error.kind === "timeout") return isCallersTimeout(attempt, error);
  // Under a pattern, the caller chooses the model, and may choose one that the vendor does not have or allow.
  const named = error.kind === "not_found" || error.kind === "permission_denied";
  return named && runtime.deployment.model.includes("*");
}

/** Whether a limit of the request passed before the configured limit of the deployment would have. */
function isCallersTimeout(
  { call, runtime, timeouts, passedLimit, record }: FailedAttempt,
  error: RouterError,
): boolean {
  const configured = configuredTimeouts(call, runtime);
  if (timeouts === configured) return false;
  const isShorter = (limit: keyof AttemptTimeouts): boolean =>
    (timeouts[limit] ?? Number.POSITIVE_INFINITY) < (configured[limit] ?? Number.POSITIVE_INFINITY);
  if (passedLimit !== undefined) return isShorter(passedLimit);
  // A status is the vendor's own answer, such as a 408.
  if (error.upstream?.status !== undefined) return false;
  const { durationMs } = record;
  return transportLimits.some(
    (limit) =>
      isShorter(limit) &&
      durationMs >= (timeouts[limit] ?? 0) - timerSlackMs &&
      durationMs < (configured[limit] ?? Number.POSITIVE_INFINITY),
  );
}

/** The limits of an attempt as the operator configured them, without those of the request. */
function configuredTimeouts({ entryOptions, stream }: Call, runtime: DeploymentRuntime): AttemptTimeouts {
  if (entryOptions === undefined) return stream ? runtime.streamed : runtime.plain;
  const sources = [entryOptions, ...runtime.timeoutSources];
  return stream ? streamTimeouts(sources) : plainTimeouts(sources);
}
