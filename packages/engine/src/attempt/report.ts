import type { RouterError, RouterEventType, StrategyEvent } from "@modelyard/core";
import type { Call } from "../call/call.js";
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

/** The failure or success that is reported to its health. */
interface AttemptFacts extends ReportedAttempt {
  readonly reservation: Reservation;
  /** Whether the vendor may have seen anything of it. */
  readonly sent: boolean;
}

/**
 * Whether an attempt says anything about its deployment. It does not if no vendor was called, or if the client brought
 * its own key or address.
 */
function tells({ call, sent }: AttemptFacts): boolean {
  return sent && call.options.clientAuth === undefined;
}

/**
 * Reports a failure to the deployment's health and to other processes, unless the caller caused it.
 * @returns the end of the cooldown that it started or extended; 0 if there is none
 */
export function noteFailure(attempt: AttemptFacts, error: RouterError): number {
  const { call, group, runtime, reservation } = attempt;
  const { health, deployment } = runtime;
  if (!tells(attempt)) {
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
    const mark = { deploymentId: deployment.id, until: cooldown.until, reason: cooldown.reason };
    Promise.resolve(sharedState.startCooldown(mark, call.now)).catch(() => undefined);
  }
  if (hub.wanted.has("deployment_cooldown"))
    hub.emit({ type: "deployment_cooldown", at: call.now, deployment, ...cooldown });
  return cooldown.until;
}

/** Reports a success to the deployment's health. A successful probe restores it. */
export function noteSuccess(attempt: AttemptFacts): void {
  const { call, runtime, reservation } = attempt;
  if (!tells(attempt)) {
    runtime.health.release(reservation.probe);
    return;
  }
  if (!runtime.health.succeed(call.now, reservation.probe)) return;
  const { hub, sharedState } = call.services;
  const { deployment } = runtime;
  call.snapshot.trouble(runtime);
  // A cooldown that has not ended was started by a process that saw a failure later.
  if (sharedState !== undefined)
    Promise.resolve(sharedState.endCooldown(deployment.id, call.now)).catch(() => undefined);
  if (hub.wanted.has("deployment_recovered")) hub.emit({ type: "deployment_recovered", at: call.now, deployment });
}

type EventFacts<Type> = { readonly type: Type } & Pick<
  StrategyEvent,
  "at" | "callId" | "operation" | "stream" | "requestedModel" | "deployment" | "index" | "group" | "attempt"
>;

/** Whether an event about an attempt is needed, because its strategy or a callback listens. */
export function wantsAttempt({ group, call }: ReportedAttempt, type: StrategyEvent["type"] & RouterEventType): boolean {
  return group.strategy.observe !== undefined || call.services.hub.wanted.has(type);
}

/** The fields that all events of an attempt have. */
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
 * Notifies the attempt's strategy, which may throw, and then the callbacks.
 * @param learned - what the strategy sees instead of `event`
 */
export function tellAttempt({ group, call }: ReportedAttempt, event: StrategyEvent, learned = event): void {
  const { strategy } = group;
  const { hub, faults } = call.services;
  const threw = (cause: unknown): void => {
    faults.tell(strategy, { strategy: strategy.name }, "the strategy threw while it observed", cause);
  };
  try {
    // TypeScript accepts an async function here. Its rejection must not end the process.
    const returned = (strategy as { observe?(event: StrategyEvent): unknown }).observe?.(learned);
    if (returned instanceof Promise) returned.catch(threw);
  } catch (cause) {
    threw(cause);
  }
  hub.emit(event);
}
