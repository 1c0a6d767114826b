import type { JsonObject, ProviderCall } from "@modelyard/core";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { Call } from "./call.js";
import { dropFields, parseFieldPath } from "@modelyard/core/settings";
import type { RequestTrail } from "./request-trail.js";

/**
 * A call's body for one deployment, with defaults, and without fields that are never sent. It is the caller's own body
 * if nothing changes.
 * @param trail - records the fields that were removed
 */
export function requestFor(call: Call, runtime: DeploymentRuntime, trail?: RequestTrail): JsonObject {
  const { request, options } = call;
  const body = runtime.defaults === undefined ? request : { ...runtime.defaults, ...request };
  const asked = options.additionalDropParams;
  return runtime.dropped.length === 0 && asked === undefined ? body : without(body, runtime, asked, trail);
}

function without(
  body: JsonObject,
  runtime: DeploymentRuntime,
  asked: readonly string[] = [],
  trail?: RequestTrail,
): JsonObject {
  const fields = asked.map((path) => parseFieldPath(path, "additionalDropParams"));
  const left = dropFields(body, [...runtime.dropped, ...fields]);
  trail?.drop(left.dropped);
  return left.body;
}

/**
 * A call with the fields that are allowed or never sent, if there are any. They would cost every other call 16 bytes.
 */
export function withFieldLists(call: Call, runtime: DeploymentRuntime, made: ProviderCall): ProviderCall {
  const allowedParams = allowedFor(call, runtime);
  const omittedFields = both(runtime.omittedFields, call.options.additionalDropParams);
  return allowedParams === undefined && omittedFields === undefined ? made : { ...made, allowedParams, omittedFields };
}

/** Fields that are sent to a deployment even if its provider considers them refused. */
export function allowedFor(call: Call, { deployment }: DeploymentRuntime): readonly string[] | undefined {
  return both(deployment.allowedOpenaiParams, call.options.allowedOpenaiParams);
}

function both(one: readonly string[] | undefined, other: readonly string[] | undefined): readonly string[] | undefined {
  return one === undefined || other === undefined ? (one ?? other) : [...one, ...other];
}
