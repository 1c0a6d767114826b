import type { Usage } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import type { SessionAttempt } from "../affinity/session-attempt.js";
import { sessionId } from "../affinity/session-keys.js";
import type { Call } from "../call/call.js";
import type { OpenAttempt } from "../call/request-trail.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";

interface ServedAttempt {
  readonly call: Call;
  readonly group: GroupRuntime;
  readonly runtime: DeploymentRuntime;
  readonly record: OpenAttempt;
}

/** Remembers where a session was served, and reports it. */
export function noteSession(
  { call, group, runtime, record }: ServedAttempt,
  session: SessionAttempt,
  usage: Usage | undefined,
): void {
  const routed = session.served(call.now, usage);
  if (routed === undefined) return;
  record.affinity = routed;
  const { hub } = call.services;
  if (!hub.wanted.has("session_routed")) return;
  hub.emit({
    ...routed,
    type: "session_routed",
    at: call.now,
    callId: call.trail.callId,
    operation: call.operation,
    stream: call.stream,
    requestedModel: call.requestedModel,
    group: group.name,
    deployment: runtime.deployment,
  });
}

/** Remembers which deployment gave an answer, for requests that continue it by its id. */
export function noteAnswerId(
  { call, group, session }: Pick<ServedAttempt, "call" | "group"> & { readonly session?: SessionAttempt },
  values: Iterable<unknown>,
): void {
  if (session === undefined || call.row.stored === undefined || group.affinity?.has("response") !== true) return;
  for (const value of values) {
    const id = isJsonObject(value) ? call.row.stored.answerId(value) : undefined;
    if (id === undefined) continue;
    session.answered(sessionId(call.options.caller, group.name, "response", id), call.now);
    return;
  }
}
