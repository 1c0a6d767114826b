import type { RouterEventType, StrategyEvent } from "@modelyard/core";
import type { Call } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";

/** What is told of: an attempt. */
interface Told {
  readonly call: Call;
  readonly group: GroupRuntime;
  readonly runtime: DeploymentRuntime;
}

type Facts<Type> = { readonly type: Type } & Pick<
  StrategyEvent,
  "at" | "callId" | "operation" | "stream" | "requestedModel" | "deployment" | "index" | "group" | "attempt"
>;

/** Whether it is worth making an event of an attempt: its strategy or a callback listens. */
export function wantsAttempt({ group, call }: Told, type: StrategyEvent["type"] & RouterEventType): boolean {
  return group.strategy.observe !== undefined || call.services.hub.wants(type);
}

/** What all events of an attempt say. */
export function attemptEvent<const Type extends StrategyEvent["type"]>(
  { call, runtime, group }: Told,
  type: Type,
): Facts<Type> {
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
export function tellAttempt({ group, call }: Told, event: StrategyEvent, learned = event): void {
  const { strategy } = group;
  const { hub, faults } = call.services;
  const threw = (cause: unknown): void => {
    faults.tell(strategy, { strategy: strategy.name }, "the strategy threw while it observed", cause);
  };
  try {
    // An async function passes for one that returns nothing; what it rejects with must not end the process.
    const returned = (strategy as { observe?(event: StrategyEvent): unknown }).observe?.(learned);
    if (returned instanceof Promise) returned.catch(threw);
  } catch (cause) {
    threw(cause);
  }
  hub.emit(event);
}
