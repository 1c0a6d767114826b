import type { NonEmpty } from "@modelyard/core";
import type { MoveReason } from "@modelyard/core/kit";
import { type CacheTerms, termsOf, usualTerms } from "../affinity/cache-worth.js";
import { RoutedSession } from "../affinity/routed-session.js";
import { keyOf } from "../affinity/session-keys.js";
import type { Call } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { currentReason } from "./reasons.js";

/** The deployment where the call's session should be served. `undefined`: where the strategy says. */
export function preferredBySession(
  call: Call,
  group: GroupRuntime,
  candidates: NonEmpty<DeploymentRuntime>,
): DeploymentRuntime | undefined {
  const session = (call.session ??= sessionIn(call, group));
  if (session === undefined) return undefined;
  const preferred = session.choose(candidates, group.strategy, call.now) as DeploymentRuntime | undefined;
  if (session.moved === "unavailable") session.moved = whyMoved(call, group, session);
  return preferred;
}

/** The session of a call in a group. `undefined`: its operation has none. */
function sessionIn(call: Call, { name, affinity: keys, runtimes }: GroupRuntime): RoutedSession | undefined {
  const { affinity } = call.snapshot;
  if (affinity === undefined || keys === undefined || call.row.promptParts === undefined) return undefined;
  const { request, inputTokens } = call;
  // Evaluated now, since the body is released while a vendor works.
  const terms = new Map<string, CacheTerms>();
  for (const { deployment, provider } of runtimes)
    if (!terms.has(deployment.provider)) terms.set(deployment.provider, termsOf(provider.promptCache, request));
  return new RoutedSession(affinity, keyOf(call, name, keys), {
    inputTokens,
    cacheOf: ({ deployment }) => terms.get(deployment.provider) ?? usualTerms,
  });
}

/** Why a session is not served where its prompt is cached. */
function whyMoved(call: Call, group: GroupRuntime, { wanted }: RoutedSession): MoveReason {
  const runtime = group.runtimes.find(({ deployment }) => deployment.id === wanted?.deploymentId);
  if (runtime === undefined) return "unavailable";
  if (call.ownFailures?.has(runtime) === true) return "failed";
  const kind = (call.refusals?.get(runtime) ?? currentReason(call, runtime))?.kind;
  if (kind === "limit" || kind === "parallel") return "limit";
  return kind === "health" ? "cooldown" : "unavailable";
}
