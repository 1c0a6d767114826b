import type { RouterError } from "@modelyard/core";
import type { Call } from "./call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";

/**
 * Takes one retry from the budget of the process. A retry that the caller itself caused takes none, since it must not
 * use up what others need.
 * @returns whether the budget allows it; a refusal is reported
 */
export function takeRetry(call: Call, group: GroupRuntime, failed: DeploymentRuntime, error: RouterError): boolean {
  const { retryBudget, hub } = call.services;
  if (retryBudget === undefined || call.callersDoing || retryBudget.take(call.now)) return true;
  const { deployment } = failed;
  call.trail.reject(deployment.id, "the retry budget of the process is used up");
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
