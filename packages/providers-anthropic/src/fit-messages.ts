import type { JsonObject, ProviderCall } from "@modelyard/core";
import { type DropParams, mayDrop, type Refusals } from "@modelyard/core/kit";
import { applyRefusals, type PreparedCall } from "@modelyard/provider-kit";
import { traitsOf } from "./model-traits.js";
import { Unsupported } from "./refuse.js";

const none: readonly string[] = Object.freeze([]);

/** The first API version that refuses sampling parameters, even at their defaults. */
const withoutSampling = "2026-10-21";

/** What decides which fields are refused. */
export interface FieldRules {
  /** The model whose traits count: the base model of a deployment, if it has one. */
  readonly traitsModel: string;
  readonly apiVersion: string;
  /** Whether the beta feature for thinking between tool calls is on. */
  readonly interleaved: boolean;
  readonly refuses: Refusals | undefined;
  /** Fields that are sent even if they would be refused. */
  readonly allowedParams: readonly string[];
}

/** The sampling parameters that the model or the version of the API does not accept. */
function refusedSampling(
  request: JsonObject,
  { apiVersion, traitsModel, allowedParams }: FieldRules,
): readonly string[] {
  const { temperature, top_p: topP, top_k: topK } = request;
  if (temperature == null && topP == null && topK == null) return none;
  const isTooNew = apiVersion >= withoutSampling;
  const traits = traitsOf(traitsModel);
  if (!isTooNew && traits.sampling) {
    const isTooMuch = temperature != null && topP != null && !traits.temperatureWithTopP;
    return isTooMuch && !allowedParams.includes("top_p") ? ["top_p"] : none;
  }
  // Models accept their defaults. Newer versions of the API do not.
  const isRefused = (value: unknown): boolean => value != null && (isTooNew || value !== 1);
  const refused = Object.entries({ temperature, top_p: topP, top_k: topK }).filter(([, value]) => isRefused(value));
  return refused.map(([field]) => field).filter((field) => !allowedParams.includes(field));
}

/** The fields of a message request that its deployment would refuse. */
export function refusedInMessages(request: JsonObject, rules: FieldRules): readonly string[] {
  const unsupported = new Unsupported(rules.allowedParams);
  const left = applyRefusals(request, rules.refuses, unsupported);
  return [...unsupported.refused, ...refusedSampling(left, rules)];
}

/**
 * The call that is sent to a host of its caller's API. The request, and so its text, stays as the caller wrote it. Only fields
 * that the deployment is configured to refuse, or that `dropParams` names and the model refuses, are dropped: what else is
 * wrong, the vendor itself says best.
 * @throws `unsupported_params` naming the fields that the deployment is configured to refuse and that may not be dropped
 */
export function fitMessages(call: ProviderCall, rules: FieldRules): PreparedCall {
  const request = call.request as unknown as JsonObject;
  const unsupported = new Unsupported(rules.allowedParams);
  const left = applyRefusals(request, rules.refuses, unsupported);
  const sampling = droppable(refusedSampling(left, rules), call.dropParams);
  const dropped = [...unsupported.settle(call.model, call.dropParams), ...sampling];
  const sent = sampling.length === 0 ? left : without(left, sampling);
  if (isSame(sent, request)) return { call, dropped };
  return { call: { ...call, request: sent as unknown as ProviderCall["request"], requestText: undefined }, dropped };
}

function droppable(fields: readonly string[], dropParams: DropParams): readonly string[] {
  return fields.length === 0 ? fields : fields.filter((field) => mayDrop(dropParams, field));
}

function without(request: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(request).filter(([field]) => !fields.includes(field)));
}

/** Whether nothing was changed. */
function isSame(sent: JsonObject, request: JsonObject): boolean {
  if (sent === request) return true;
  const fields = Object.keys(request);
  return Object.keys(sent).length === fields.length && fields.every((field) => sent[field] === request[field]);
}
