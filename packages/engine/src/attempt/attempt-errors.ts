import { RouterError } from "@modelyard/core";
import { type Cancellation, createError, createProviderError } from "@modelyard/core/kit";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import { privateAddressError } from "../call/client-connection.js";
import type { FinishFault } from "./finish-reasons.js";

/** The parts of an attempt that its errors are made from. */
interface FailedAttempt {
  readonly runtime: DeploymentRuntime;
  readonly model: string;
  readonly cancellation: Cancellation;
}

/**
 * The error for a deployment that exceeded a time limit.
 * @param phase - what did not arrive in time, e.g. `content`
 */
export function timeoutError({ runtime, model }: FailedAttempt, phase: string, limitMs: number): RouterError {
  const { provider, id: deploymentId } = runtime.deployment;
  return createProviderError({
    kind: "timeout",
    provider,
    deploymentId,
    message: `${provider} (${model}) sent no ${phase} within ${String(Math.round(limitMs))} ms. Raise the timeout or check the deployment.`,
  });
}

/** The error for an answer that ended with a finish reason that means a failure. */
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

/** The error for an answer that the vendor's content filter blocked entirely. */
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
 * Converts any thrown value to a `RouterError`. If the attempt was canceled, its reason wins over errors that this
 * caused.
 */
export function explain({ cancellation, runtime }: FailedAttempt, thrown: unknown): RouterError {
  if (cancellation.cancelled) {
    const { reason } = cancellation;
    if (RouterError.isInstance(reason)) return reason;
    return createError({ kind: "aborted", message: "The call was aborted.", cause: reason });
  }
  if (RouterError.isInstance(thrown)) return privateAddressError(thrown) ?? thrown;
  const { provider } = runtime.deployment;
  const message = `Internal error in the provider ${provider} (${thrown instanceof Error ? thrown.name : typeof thrown}); see \`cause\`.`;
  if (isLanguageError(thrown)) return codeFault(provider, message, thrown);
  return createProviderError({ kind: "api_error", provider, message, cause: thrown });
}

/** Whether a vendor refuses to continue an answer from its beginning. It is not asked to do so again. */
export function refusesPrefix({ blame, message }: RouterError): boolean {
  return (
    blame === "request" &&
    /prefill|prefix|continue_final_message|partial|assistant message|last message/iu.test(message)
  );
}

/** Errors that JavaScript throws for bugs, or for input that overflows the stack. */
const languageErrors: ReadonlySet<string> = new Set([
  "TypeError",
  "RangeError",
  "ReferenceError",
  "EvalError",
  "URIError",
]);

/**
 * Whether code, ours or a user's, is at fault and not the vendor. `fetch` throws a `TypeError` too if no server
 * answers, but one with a cause. A `SyntaxError` is not included, because it means that an answer was not JSON.
 */
function isLanguageError(thrown: unknown): boolean {
  if (typeof thrown !== "object" || thrown === null) return false;
  const { name, cause } = thrown as { readonly name?: unknown; readonly cause?: unknown };
  return typeof name === "string" && languageErrors.has(name) && cause === undefined;
}

/** The error for a bug in a provider's code. It does not count against the deployment. */
function codeFault(provider: string, message: string, cause: unknown): RouterError {
  return createError({ kind: "api_error", status: 500, provider, message, cause });
}

/** Whether an error was created by {@link codeFault}. Errors that are the vendor's fault have the source `provider`. */
export function isCodeFault({ kind, source }: RouterError): boolean {
  return kind === "api_error" && source === "router";
}
