import type { RouterError, RouterEventType, StrategyEvent } from "@modelyard/core";
import { type Call, isApart } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { alternativesTo } from "../plan/shared-cooldowns.js";
import type { Reservation } from "../candidates/reservation.js";

/** The attempt that is reported. */
interface ReportedAttempt {
  readonly call: Call;
  readonly group: GroupRuntime;
  readonly runtime: DeploymentRuntime;
}

/** The parts of an attempt that decide whether and how it affects the deployment's health. */
interface AttemptFacts extends ReportedAttempt {
  readonly reservation: Reservation;
  /** Whether the vendor may have received the request. */
  readonly sent: boolean;
}

/**
 * Whether the result of an attempt says anything about its deployment. It does not if no vendor was called, if the client's
 * own key or address was used, or if the vendor treats such requests apart from calls.
 */
function affectsHealth({ call, sent }: AttemptFacts): boolean {
  return sent && !isApart(call);
}

/**
 * Counts a failure against the deployment, and shares a resulting cooldown with other processes.
 * @returns the end of the cooldown that the failure started or extended, or 0 if there is none
 */
export function noteFailure(attempt: AttemptFacts, error: RouterError): number {
  const { call, group, runtime, reservation } = attempt;
  const { health, deployment } = runtime;
  if (!affectsHealth(attempt)) {
    health.release(reservation.probe);
    return 0;
  }
  const own = call.snapshot.groups.get(deployment.group) ?? group;
  const fallback = call.snapshot.hasFallback(call.requestedModel, group);
  const cooldown = health.fail(
    {
      now: call.now,
      kind: error.kind,
      retryAfterMs: error.retryAfterMs,
      group: alternativesTo(runtime, { own, asked: group, fallback }),
    },
    reservation.probe,
  );
  if (cooldown === undefined) return 0;
  group.troubled = true;
  call.snapshot.trouble(runtime);
  const { sharedState, hub } = call.services;
  if (sharedState !== undefined) {
    const shared = { deploymentId: deployment.id, until: cooldown.until, reason: cooldown.reason };
    Promise.resolve(sharedState.startCooldown(shared, call.now)).catch(() => undefined);
  }
  if (hub.wanted.has("deployment_cooldown"))
    hub.emit({ type: "deployment_cooldown", at: call.now, deployment, ...cooldown });
  return cooldown.until;
}

/** Counts a success for the deployment. A successful probe ends its cooldown, also in other processes. */
export function noteSuccess(attempt: AttemptFacts): void {
  const { call, runtime, reservation } = attempt;
  if (!affectsHealth(attempt)) {
    runtime.health.release(reservation.probe);
    return;
  }
  if (!runtime.health.succeed(call.now, reservation.probe)) return;
  const { hub, sharedState } = call.services;
  const { deployment } = runtime;
  call.snapshot.trouble(runtime);
  // The store keeps a cooldown that ends later than now, because another process started it after a newer failure.
  if (sharedState !== undefined)
    Promise.resolve(sharedState.endCooldown(deployment.id, call.now)).catch(() => undefined);
  if (hub.wanted.has("deployment_recovered")) hub.emit({ type: "deployment_recovered", at: call.now, deployment });
}

type EventFacts<Type> = { readonly type: Type } & Pick<
  StrategyEvent,
  "at" | "callId" | "operation" | "stream" | "requestedModel" | "deployment" | "index" | "group" | "attempt"
>;

/** Whether the strategy or a callback listens to this event. If not, creating it would be wasted work. */
export function wantsAttempt({ group, call }: ReportedAttempt, type: StrategyEvent["type"] & RouterEventType): boolean {
  return group.strategy.observe !== undefined || call.services.hub.wanted.has(type);
}

/** The fields that all events of an attempt have in common. */
export function attemptEvent<const Type extends StrategyEvent["type"]>(
  { call, runtime, group }: ReportedAttempt,
  type: Type,
): EventFacts<Type> {
  return {
    type,
    at: call.now,
    callId: call.trail.callId,
    operation: call.operation,
    stream: call.stream,
    requestedModel: call.requestedModel,
    deployment: runtime.deployment,
    index: runtime.index,
    group: group.name,
    attempt: call.trail.attempts.length,
  };
}

/**
 * Passes an event to the attempt's strategy, which may throw, and then to the callbacks.
 * @param strategyEvent - the event for the strategy, if it differs
 */
export function emitAttempt({ group, call }: ReportedAttempt, event: StrategyEvent, strategyEvent = event): void {
  const { strategy } = group;
  const { hub, faults } = call.services;
  const threw = (cause: unknown): void => {
    faults.report(strategy, { strategy: strategy.name }, "the strategy threw in observe()", cause);
  };
  try {
    // The type also allows async functions. If one rejects, the unhandled rejection must not end the process.
    const returned = (strategy as { observe?(event: StrategyEvent): unknown }).observe?.(strategyEvent);
    if (returned instanceof Promise) returned.catch(threw);
  } catch (cause) {
    threw(cause);
  }
  hub.emit(event);
}
