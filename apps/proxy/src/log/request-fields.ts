import type { AttemptRecord, EventOf, RouterError, Trail } from "@modelyard/core";
import { TransportError } from "@modelyard/core/kit";

type Fields = Readonly<Record<string, unknown>>;

/** Names are the callers' own and may be as long as they like. */
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

/** Who was not asked, and why; `[]`: everybody was. */
function leftOut({ rejections }: Trail): Fields {
  if (rejections.length === 0) return {};
  return {
    leftOut: rejections.slice(0, mostReasons).map(({ deploymentId, reason }) => `${deploymentId}: ${reason}`),
  };
}

/** A request that was served, with the attempts before. */
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
    ...(failed.length === 0 && trail.fallbacks === 0 ? {} : leftOut(trail)),
  };
}

/** A request that failed: with what, where, and everything that was tried. Never a vendor's text, which may quote. */
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
    // Its reason names them already.
    ...(error.kind === "no_deployment_available" ? {} : leftOut(trail)),
  };
}

/** Of a failure that no deployment made: the group that was asked for, as long as no other was. */
function primaryGroup({ fallbacks, modelGroup }: Trail, { kind }: RouterError): Fields {
  return fallbacks > 0 || kind === "model_not_found" ? {} : { group: modelGroup };
}

/** What else is known, in our own words or by a code. */
function detail(error: RouterError): Fields {
  const { cause, upstream, retryAfterMs } = error;
  const wire = cause instanceof TransportError ? cause : undefined;
  const code = wire?.code ?? upstream?.code;
  return {
    ...(upstream === undefined && error.blame !== "request" ? { reason: wire?.message ?? error.message } : {}),
    ...(code === undefined ? {} : { code }),
    ...(upstream?.requestId === undefined ? {} : { vendorCall: upstream.requestId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.round(retryAfterMs) }),
  };
}
