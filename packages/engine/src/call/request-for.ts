import type { JsonObject, ProviderCall } from "@modelyard/core";
import type { OperationRow } from "@modelyard/core/kit";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { Call } from "./call.js";
import { dropFields, parseFieldPath } from "@modelyard/core/settings";
import type { RequestTrail } from "./request-trail.js";

/**
 * A call's body for one deployment, with defaults added and fields removed that are never sent to it. It is the
 * caller's own object if nothing changes.
 * @param trail - records the removed fields
 */
export function requestFor(call: Call, runtime: DeploymentRuntime, trail?: RequestTrail): JsonObject {
  const { request, options, row } = call;
  const body = runtime.defaults === undefined ? request : { ...defaultsFor(row, runtime.defaults), ...request };
  const asked = options.additionalDropParams;
  return runtime.dropped.length === 0 && asked === undefined ? body : without(body, runtime, asked, trail);
}

/** The defaults that requests of an operation may have. */
function defaultsFor({ defaults: fields }: Pick<OperationRow, "defaults">, defaults: JsonObject): JsonObject {
  if (fields === undefined) return defaults;
  return Object.fromEntries(Object.entries(defaults).filter(([field]) => fields.includes(field)));
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
 * Adds what few calls have: the lists of allowed and omitted fields, the caller's headers, how long something is kept, and what
 * becomes of reasoning. Always adding them would cost
 * every call 24 bytes.
 */
export function withExtras(
  call: Call,
  runtime: DeploymentRuntime,
  made: ProviderCall,
  keepMs: number | undefined,
): ProviderCall {
  const allowedParams = allowedFor(call, runtime);
  const omittedFields = both(runtime.omittedFields, call.options.additionalDropParams);
  const { forwardHeaders, losesReasoning } = call.options;
  const { withoutReasoning } = call;
  return { ...made, allowedParams, omittedFields, forwardHeaders, withoutReasoning, keepMs, losesReasoning };
}

/** Fields that are sent to a deployment even if its provider considers them unsupported. */
export function allowedFor(call: Call, { deployment }: DeploymentRuntime): readonly string[] | undefined {
  return both(deployment.allowedOpenaiParams, call.options.allowedOpenaiParams);
}

function both(one: readonly string[] | undefined, other: readonly string[] | undefined): readonly string[] | undefined {
  return one === undefined || other === undefined ? (one ?? other) : [...one, ...other];
}
