import type { Candidate, NonEmpty } from "@modelyard/core";
import type { MaybePromise } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import { type GroupRuntime, lowestTier } from "../plan/group-runtime.js";
import { carriers } from "./carriers.js";
import { countTokens } from "./count-tokens.js";
import { allowedByTags, currentReason, rejectByTags, staticReason } from "./reasons.js";
import { reserve, type Reservation } from "./reservation.js";
import { withTimeout } from "../call/with-timeout.js";

/** How long a strategy may take if it returns a promise, in milliseconds. */
const strategyMs = 50;

/** Deployments that may not serve this attempt. */
export interface Exclusions {
  /** Tried before in this group: eligible only if no other is left and `again` is set. */
  readonly tried: readonly DeploymentRuntime[];
  readonly again: boolean;
  /** Those of them that timed out, which are not eligible at all. */
  readonly silent: readonly DeploymentRuntime[];
}

/** The deployments whose limits have refused so far. */
type Refused = readonly DeploymentRuntime[];

const nobody: Refused = Object.freeze([]);

/**
 * Picks a deployment and reserves it. Synchronous as long as strategy and state are.
 * @returns the reservation of the deployment that was picked; `undefined` if none can serve now
 */
export function select(call: Call, group: GroupRuntime, exclusions: Exclusions): MaybePromise<Reservation | undefined> {
  const counting = call.services.tokenEstimator === undefined ? undefined : countTokens(call);
  return counting === undefined ? start(call, group, exclusions) : counting.then(() => start(call, group, exclusions));
}

function start(call: Call, group: GroupRuntime, exclusions: Exclusions): MaybePromise<Reservation | undefined> {
  call.tick();
  const quick = !group.troubled && exclusions.tried.length === 0 && nothingToCheck(call);
  const alike = group.kinds.samples.length === 0;
  // A lower tier may accept what the first one refuses.
  const candidates =
    quick && (alike || !group.ordered)
      ? alike
        ? group.firstTier
        : carriers(call, group, group.firstTier)
      : eligible(call, group, exclusions, nobody);
  return choose(call, group, exclusions, candidates, nobody);
}

/** Whether nothing but health and limits can keep a deployment of this group from serving this call. */
function nothingToCheck(call: Call): boolean {
  const { config } = call.snapshot;
  return (
    !config.enablePreCallChecks &&
    !config.enableTagFiltering &&
    call.options.allowedRegions === undefined &&
    call.options.clientAuth === undefined &&
    call.services.filters.length === 0 &&
    call.broken.length === 0
  );
}

function choose(
  call: Call,
  group: GroupRuntime,
  exclusions: Exclusions,
  candidates: readonly DeploymentRuntime[],
  refused: Refused,
): MaybePromise<Reservation | undefined> {
  if (candidates.length === 0) return undefined;
  const picked = pick(call, group, candidates);
  if (picked instanceof Promise) return chooseLater(call, group, exclusions, picked, refused);
  return take(call, group, exclusions, picked, refused);
}

async function chooseLater(
  call: Call,
  group: GroupRuntime,
  exclusions: Exclusions,
  picked: Promise<DeploymentRuntime>,
  refused: Refused,
): Promise<Reservation | undefined> {
  const runtime = await picked;
  call.tick();
  return take(call, group, exclusions, runtime, refused);
}

function take(
  call: Call,
  group: GroupRuntime,
  exclusions: Exclusions,
  runtime: DeploymentRuntime,
  refused: Refused,
): MaybePromise<Reservation | undefined> {
  const outcome = reserve(call, runtime);
  if (outcome instanceof Promise) return takeLater(call, group, exclusions, outcome, [...refused, runtime]);
  return outcome ?? chooseAnother(call, group, exclusions, [...refused, runtime]);
}

async function takeLater(
  call: Call,
  group: GroupRuntime,
  exclusions: Exclusions,
  outcome: Promise<Reservation | undefined>,
  refused: Refused,
): Promise<Reservation | undefined> {
  // A caller that aborts does not wait for the store. What the store reserves nevertheless is returned.
  const reservation = await call.cancellation.race(outcome, (granted) => granted?.giveBack(call.tick()));
  return reservation ?? chooseAnother(call, group, exclusions, refused);
}

function chooseAnother(
  call: Call,
  group: GroupRuntime,
  exclusions: Exclusions,
  refused: Refused,
): MaybePromise<Reservation | undefined> {
  call.tick();
  return choose(call, group, exclusions, eligible(call, group, exclusions, refused), refused);
}

/** The deployments that may serve this attempt: untried ones before the others, and only the lowest tier. */
function eligible(
  call: Call,
  group: GroupRuntime,
  { tried, again, silent }: Exclusions,
  refused: Refused,
): readonly DeploymentRuntime[] {
  const fresh: DeploymentRuntime[] = [];
  const stale: DeploymentRuntime[] = [];
  const thinned: DeploymentRuntime[] = [];
  let troubled = false;
  for (const runtime of group.runtimes) if (!runtime.health.plain) troubled = true;
  group.troubled = troubled;
  const allowed = allowedByTags(call, group);
  rejectByTags(call, group, allowed);
  for (const runtime of allowed) {
    if (refused.includes(runtime)) continue;
    const reason = staticReason(call, runtime) ?? currentReason(call, runtime);
    if (reason !== undefined) call.trail.reject(runtime.deployment.id, reason.text);
    else if (tried.includes(runtime)) {
      const waits = (call.ownFailures?.waitFor(runtime, call.now) ?? 0) > 0;
      if (!waits && !silent.includes(runtime)) stale.push(runtime);
    } else if (runtime.health.plain || runtime.health.admits(call.now, call.services.random.next()))
      fresh.push(runtime);
    else thinned.push(runtime);
  }
  const found = carriers(call, group, fresh.length > 0 ? fresh : thinned.length > 0 ? thinned : again ? stale : fresh);
  return group.ordered && found.length > 1 ? lowestTier(found) : found;
}

function pick(
  call: Call,
  group: GroupRuntime,
  candidates: readonly DeploymentRuntime[],
): MaybePromise<DeploymentRuntime> {
  const choices = candidates as NonEmpty<DeploymentRuntime>;
  if (choices.length === 1) return choices[0];
  try {
    const picked = group.strategy.pick(choices, call.facts);
    if (picked instanceof Promise) return late(call, group, choices, picked);
    return confirm(call, group, choices, picked);
  } catch (cause) {
    return failed(call, group, choices, cause);
  }
}

async function late(
  call: Call,
  group: GroupRuntime,
  choices: NonEmpty<DeploymentRuntime>,
  picked: Promise<Candidate>,
): Promise<DeploymentRuntime> {
  try {
    return confirm(call, group, choices, await withTimeout(call, picked, strategyMs));
  } catch (cause) {
    call.cancellation.throwIfCancelled();
    return failed(call, group, choices, cause);
  }
}

/** A strategy must return one of the candidates it was given. */
function confirm(
  call: Call,
  group: GroupRuntime,
  choices: NonEmpty<DeploymentRuntime>,
  picked: Candidate,
): DeploymentRuntime {
  const known =
    choices === group.firstTier ? group.inFirstTier.has(picked) : choices.includes(picked as DeploymentRuntime);
  if (known) return picked as DeploymentRuntime;
  return failed(call, group, choices, new Error("the strategy did not return one of the candidates"));
}

function failed(
  call: Call,
  group: GroupRuntime,
  choices: NonEmpty<DeploymentRuntime>,
  cause: unknown,
): DeploymentRuntime {
  const { hub, faults, spareStrategy } = call.services;
  const name = { strategy: group.strategy.name, group: group.name };
  faults.tell(group.strategy, name, "the strategy failed, and simple-shuffle picks", cause);
  hub.emit({ type: "strategy_failed", at: call.now, strategy: group.strategy.name, group: group.name, cause });
  return spareStrategy.pick(choices, call.facts) as DeploymentRuntime;
}
