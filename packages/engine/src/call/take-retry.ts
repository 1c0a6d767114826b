import type { RouterError } from "@modelyard/core";
import type { Call } from "./call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";

/**
 * Takes one retry from the retry budget of the process. Failures that the caller itself caused do not use the budget,
 * because other callers need it.
 * @returns `false` if the budget is exhausted, which is also reported by an event
 */
export function takeRetry(call: Call, group: GroupRuntime, failed: DeploymentRuntime, error: RouterError): boolean {
  const { retryBudget, hub } = call.services;
  if (retryBudget === undefined || call.causedByCaller || retryBudget.take(call.now)) return true;
  const { deployment } = failed;
  call.trail.reject(deployment, "the retry budget of the process is exhausted");
  if (hub.wanted.has("retry_refused")) {
    hub.emit({
      type: "retry_refused",
      at: call.now,
      callId: call.trail.callId,
      operation: call.operation,
      stream: call.stream,
      requestedModel: call.requestedModel,
      group: group.name,
      deployment,
      error,
    });
  }
  return false;
}
