import type { AttemptRecord, EventOf, RouterError, Trail } from "@modelyard/core";
import { TransportError } from "@modelyard/core/kit";

type Fields = Readonly<Record<string, unknown>>;

/** Model names come from callers, so their length is not otherwise limited. */
const longestName = 200;
const mostReasons = 10;

function attemptFields({ group, deploymentId, provider, model, durationMs, error, outcome }: AttemptRecord): Fields {
  return {
    group,
    deployment: deploymentId,
    model: `${provider}/${model}`,
    ...(error === undefined ? { outcome } : { error: error.kind, status: error.upstreamStatus ?? error.status }),
    ms: Math.round(durationMs),
  };
}

/** The id alone is often a hash, which means nothing to the reader of a log. */
function nameWithReason({ deploymentId, provider, model, reason }: Trail["rejections"][number]): string {
  return `${provider}/${model} (${deploymentId}): ${reason}`;
}

/** Deployments that were not tried, each with the reason. */
function rejectedFields({ rejections }: Trail): Fields {
  if (rejections.length === 0) return {};
  return {
    rejected: rejections.slice(0, mostReasons).map(nameWithReason),
  };
}

/** Log fields of a request that was served, including the attempts that failed before. */
export function servedFields({ callId, requestedModel, durationMs, trail }: EventOf<"request_succeeded">): Fields {
  const failed = trail.attempts.filter(({ error }) => error !== undefined);
  return {
    call: callId,
    requested: requestedModel.slice(0, longestName),
    group: trail.modelGroup,
    deployment: trail.deploymentId,
    ...(trail.cache === "hit" || trail.cache === "shared" ? { cache: trail.cache } : {}),
    ms: Math.round(durationMs),
    ...(failed.length === 0 ? {} : { failed: failed.map(attemptFields) }),
    ...(failed.length === 0 && trail.fallbacks === 0 ? {} : rejectedFields(trail)),
  };
}

/**
 * Log fields of a failed request: the error, where it happened, and all attempts. A vendor's message is never among
 * them, because it may quote the prompt.
 */
export function failureFields({
  callId,
  requestedModel,
  stream,
  durationMs,
  trail,
  error,
}: EventOf<"request_failed">): Fields {
  const own = trail.attempts.findLast(({ deploymentId }) => deploymentId === error.deploymentId);
  return {
    call: callId,
    requested: requestedModel.slice(0, longestName),
    ...(own === undefined
      ? primaryGroup(trail, error)
      : { group: own.group, deployment: own.deploymentId, model: `${own.provider}/${own.model}` }),
    error: error.kind,
    status: error.status,
    ...detail(error),
    ...(stream ? { stream } : {}),
    ms: Math.round(durationMs),
    attempts: trail.attempts.map(attemptFields),
    // The message of this error already names the rejected deployments.
    ...(error.kind === "no_deployment_available" ? {} : rejectedFields(trail)),
  };
}

/** The requested group, for a failure that no deployment caused, unless fallbacks to other groups were tried. */
function primaryGroup({ fallbacks, modelGroup }: Trail, { kind }: RouterError): Fields {
  return fallbacks > 0 || kind === "model_not_found" ? {} : { group: modelGroup };
}

/** Further details: our own message, error codes and the vendor's request id. */
function detail(error: RouterError): Fields {
  const { cause, upstream, retryAfterMs } = error;
  const transportError = cause instanceof TransportError ? cause : undefined;
  const code = transportError?.code ?? upstream?.code;
  return {
    ...(upstream === undefined && error.blame !== "request" && error.kind !== "invalid_request"
      ? { reason: transportError?.message ?? error.message }
      : {}),
    ...(code === undefined ? {} : { code }),
    ...(upstream?.requestId === undefined ? {} : { vendorCall: upstream.requestId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.round(retryAfterMs) }),
  };
}
