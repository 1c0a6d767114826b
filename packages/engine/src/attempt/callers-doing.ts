import type { RouterError } from "@modelyard/core";
import { type AttemptTimeouts, plainTimeouts, streamTimeouts } from "@modelyard/policies";
import type { Call } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";

/** What is needed of an attempt to say whose doing its failure is. */
interface FailedAttempt {
  readonly call: Call;
  readonly runtime: DeploymentRuntime;
  readonly timeouts: AttemptTimeouts;
  /** The limit whose timer fired here; `undefined` when none did. */
  readonly passedLimit: keyof AttemptTimeouts | undefined;
  readonly record: { readonly durationMs: number };
}

/** Timers of platforms may fire this much too early, in milliseconds. */
const timerSlackMs = 5;
/** The limits that a provider's transport watches. */
const transportLimits = ["connectMs", "headersMs"] as const;

/**
 * Whether a failure was made by what the caller brought along: then it says nothing about the deployment, and must not
 * change what other callers get.
 */
export function isCallersDoing(attempt: FailedAttempt, error: RouterError): boolean {
  const { call, runtime } = attempt;
  if (call.options.clientAuth !== undefined) return true;
  if (error.kind === "timeout") return isCallersTimeout(attempt, error);
  // Behind a pattern the caller names the model, and may name one that the vendor does not have or allow.
  const named = error.kind === "not_found" || error.kind === "permission_denied";
  return named && runtime.deployment.model.includes("*");
}

/** Whether a limit of the request passed before the one that the deployment would have had without the request's. */
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

/** The limits of an attempt as the operator configured them, without what the request says. */
function configuredTimeouts({ entryOptions, stream }: Call, runtime: DeploymentRuntime): AttemptTimeouts {
  if (entryOptions === undefined) return stream ? runtime.streamed : runtime.plain;
  const sources = [entryOptions, ...runtime.timeoutSources];
  return stream ? streamTimeouts(sources) : plainTimeouts(sources);
}
