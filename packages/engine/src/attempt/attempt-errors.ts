import { RouterError } from "@modelyard/core";
import { type Cancellation, createError, createProviderError } from "@modelyard/core/kit";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import { leadsInside } from "../call/client-connection.js";
import type { FinishFault } from "./finish-reasons.js";

/** The parts of an attempt that its errors need. */
interface FailedAttempt {
  readonly runtime: DeploymentRuntime;
  readonly model: string;
  readonly cancellation: Cancellation;
}

/** The deployment was silent for too long. @param phase - what did not arrive, e.g. `content` */
export function timeoutError({ runtime, model }: FailedAttempt, phase: string, limitMs: number): RouterError {
  const { provider, id: deploymentId } = runtime.deployment;
  return createProviderError({
    kind: "timeout",
    provider,
    deploymentId,
    message: `${provider} (${model}) sent no ${phase} within ${String(Math.round(limitMs))} ms. Raise the timeout or check the deployment.`,
  });
}

/** The answer ended with a finish reason that means a failure. */
export function finishError({ runtime, model }: FailedAttempt, { kind, reason }: FinishFault): RouterError {
  const { provider, id: deploymentId } = runtime.deployment;
  const written = JSON.stringify(reason.slice(0, 100));
  return createProviderError({
    kind,
    provider,
    deploymentId,
    message: `${provider} (${model}) ended its answer with the finish reason ${written}.`,
  });
}

/** The vendor's own filter blocked all of the answer. */
export function blockedError({ runtime, model }: FailedAttempt): RouterError {
  const { provider, id: deploymentId } = runtime.deployment;
  return createProviderError({
    kind: "content_policy_violation",
    provider,
    deploymentId,
    message: `${provider} (${model}) blocked the answer with its content filter.`,
  });
}

/**
 * Converts whatever was thrown to a `RouterError`. The reason of a cancellation takes precedence over what the
 * cancellation caused others to throw.
 */
export function explain({ cancellation, runtime }: FailedAttempt, thrown: unknown): RouterError {
  if (cancellation.cancelled) {
    const { reason } = cancellation;
    if (RouterError.isInstance(reason)) return reason;
    return createError({ kind: "aborted", message: "The call was aborted.", cause: reason });
  }
  if (RouterError.isInstance(thrown)) return leadsInside(thrown) ?? thrown;
  const { provider } = runtime.deployment;
  const message = `Internal error in the provider ${provider} (${thrown instanceof Error ? thrown.name : typeof thrown}); see \`cause\`.`;
  if (isThrownAtCode(thrown)) return codeFault(provider, message, thrown);
  return createProviderError({ kind: "api_error", provider, message, cause: thrown });
}

/** Whether a vendor says that it does not accept the beginning of an answer. It is not sent one again. */
export function refusesPrefix({ blame, message }: RouterError): boolean {
  return (
    blame === "request" &&
    /prefill|prefix|continue_final_message|partial|assistant message|last message/iu.test(message)
  );
}

/** What JavaScript itself throws for faulty code, or for input that makes the stack overflow. */
const thrownAtCode: ReadonlySet<string> = new Set([
  "TypeError",
  "RangeError",
  "ReferenceError",
  "EvalError",
  "URIError",
]);

/**
 * Whether our code or a user's is at fault, and not the vendor. `fetch` throws a `TypeError` too if no server answers,
 * but one with a cause. A `SyntaxError` means that an answer was not JSON.
 */
function isThrownAtCode(thrown: unknown): boolean {
  if (typeof thrown !== "object" || thrown === null) return false;
  const { name, cause } = thrown as { readonly name?: unknown; readonly cause?: unknown };
  return typeof name === "string" && thrownAtCode.has(name) && cause === undefined;
}

/** The failure of an attempt in which the provider's code is at fault. It says nothing about the deployment. */
function codeFault(provider: string, message: string, cause: unknown): RouterError {
  return createError({ kind: "api_error", status: 500, provider, message, cause });
}

/** Whether a failure comes from {@link codeFault}. Failures of vendors have the source `provider`. */
export function isCodeFault({ kind, source }: RouterError): boolean {
  return kind === "api_error" && source === "router";
}
