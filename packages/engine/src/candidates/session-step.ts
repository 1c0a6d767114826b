import type { Candidate, NonEmpty } from "@modelyard/core";
import type { MoveReason } from "@modelyard/core/kit";
import { type CacheTerms, termsOf, usualTerms } from "../affinity/cache-worth.js";
import { RoutedSession, type Spread } from "../affinity/routed-session.js";
import { keyOf, type SessionFacts } from "../affinity/session-keys.js";
import type { Call } from "../call/call.js";
import type { Services } from "../call/services.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import type { Snapshot } from "../plan/snapshot.js";
import { currentReason } from "./reasons.js";

/** The deployment where the call's session should be served. `undefined`: where the strategy says. */
export function preferredBySession(
  call: Call,
  group: GroupRuntime,
  candidates: NonEmpty<DeploymentRuntime>,
): DeploymentRuntime | undefined {
  const session = (call.session ??= sessionIn(call, group));
  if (session === undefined) return undefined;
  const preferred = session.choose(candidates, spreadOf(call.services, group), call.now) as
    | DeploymentRuntime
    | undefined;
  if (session.moved === "unavailable") session.moved = whyMoved(call, group, session);
  return preferred;
}

/** What is known of a call, or of a sample of one. */
export interface SessionCall extends SessionFacts {
  readonly snapshot: Pick<Snapshot, "affinity">;
  readonly inputTokens: number;
  readonly stream: boolean;
}

/** The session of a call in a group. `undefined`: its operation has none. */
export function sessionIn(
  call: SessionCall,
  { name, affinity: keys, runtimes }: GroupRuntime,
): RoutedSession | undefined {
  const { affinity } = call.snapshot;
  if (affinity === undefined || keys === undefined || call.row.promptParts === undefined) return undefined;
  const { request, inputTokens, stream } = call;
  // Evaluated now, since the body is released while a vendor works.
  const terms = new Map<string, CacheTerms>();
  for (const { deployment, provider } of runtimes)
    if (!terms.has(deployment.provider)) terms.set(deployment.provider, termsOf(provider.promptCache, request));
  return new RoutedSession(affinity, keyOf(call, name, keys), {
    inputTokens,
    stream,
    cacheOf: ({ deployment }) => terms.get(deployment.provider) ?? usualTerms,
  });
}

/** How the group's strategy spreads new sessions. `undefined`: it picks their places. */
export function spreadOf(
  { faults }: Pick<Services, "faults">,
  { strategy, firstTier }: GroupRuntime,
): Spread | undefined {
  if (strategy.spreads === undefined) return undefined;
  const sharesOf = (candidates: NonEmpty<Candidate>): ArrayLike<number> | undefined => {
    try {
      const shares = strategy.spreads?.(candidates);
      if (shares === undefined || isShares(shares, candidates.length)) return shares;
      throw new TypeError("spreads() must return one number of at least 0 for each candidate, or undefined");
    } catch (cause) {
      const message = "the strategy failed in spreads(), so new sessions are spread equally";
      faults.report(strategy, { strategy: strategy.name }, message, cause);
      return undefined;
    }
  };
  return { sharesOf, deployments: firstTier.length };
}

function isShares(shares: ArrayLike<number>, length: number): boolean {
  if (shares.length !== length) return false;
  for (let index = 0; index < length; index += 1) {
    const share = shares[index];
    if (typeof share !== "number" || !(share >= 0) || share === Number.POSITIVE_INFINITY) return false;
  }
  return true;
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
