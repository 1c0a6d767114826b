import type { Candidate, NonEmpty } from "@modelyard/core";
import type { MaybePromise } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import { type GroupRuntime, lowestTier } from "../plan/group-runtime.js";
import { supportingCandidates } from "./supporting-candidates.js";
import { countTokens } from "./count-tokens.js";
import { allowedByTags, currentReason, rejectByTags, staticReason, vendorWaitMs } from "./reasons.js";
import { preferredBySession } from "./session-step.js";
import { reserve, type Reservation } from "./reservation.js";
import { withTimeout } from "../call/with-timeout.js";

/** How long an asynchronous strategy may take, in milliseconds. */
const strategyMs = 50;

/** Deployments of the current group that must not, or should not, serve this attempt. */
export interface Exclusions {
  /** Deployments that have been tried. They are eligible only if `again` is set and no other one is left. */
  readonly tried: readonly DeploymentRuntime[];
  readonly again: boolean;
  /** Those of them that did not answer in time. They are not eligible at all. */
  readonly silent: readonly DeploymentRuntime[];
}

/** Deployments that were picked for this attempt but could not be reserved. */
type Refused = readonly DeploymentRuntime[];

const noneRefused: Refused = Object.freeze([]);

/**
 * Picks a deployment and reserves its limits. It is synchronous if the strategy and the state are.
 * @param claimed - deployments that others wait for, which it must not take. `undefined`: nobody waits
 * @returns the reservation at the picked deployment, or `undefined` if none can serve now
 */
export function select(
  call: Call,
  group: GroupRuntime,
  exclusions: Exclusions,
  claimed?: readonly DeploymentRuntime[],
): MaybePromise<Reservation | undefined> {
  const counting = call.services.tokenEstimator === undefined ? undefined : countTokens(call);
  return counting === undefined
    ? start(call, group, exclusions, claimed)
    : startAfter(counting, call, group, exclusions, claimed);
}

/** A function of its own, because one that may create a closure allocates its variables on the heap at every call. */
async function startAfter(
  counting: Promise<void>,
  call: Call,
  group: GroupRuntime,
  exclusions: Exclusions,
  claimed: readonly DeploymentRuntime[] | undefined,
): Promise<Reservation | undefined> {
  await counting;
  return start(call, group, exclusions, claimed);
}

function start(
  call: Call,
  group: GroupRuntime,
  exclusions: Exclusions,
  claimed: readonly DeploymentRuntime[] | undefined,
): MaybePromise<Reservation | undefined> {
  call.tick();
  // Deployments with room are found first, so that those that wait do not report the same limit again and again.
  if (claimed !== undefined)
    return choose(call, group, exclusions, eligible(call, group, exclusions, claimed), claimed);
  const quick = !group.troubled && exclusions.tried.length === 0 && nothingToCheck(call, group);
  const alike = group.kinds.samples.length === 0;
  // If deployments support different fields, a later tier may support what the first one does not.
  const candidates =
    quick && (alike || !group.ordered)
      ? alike
        ? group.firstTier
        : supportingCandidates(call, group, group.firstTier)
      : eligible(call, group, exclusions, noneRefused);
  return choose(call, group, exclusions, candidates, noneRefused);
}

/** Whether only health and limits can prevent a deployment of this group from serving this call. */
function nothingToCheck(call: Call, group: GroupRuntime): boolean {
  const { config } = call.snapshot;
  return (
    !config.enablePreCallChecks &&
    !config.enableTagFiltering &&
    call.options.allowedRegions === undefined &&
    call.options.clientAuth === undefined &&
    call.services.filters.length === 0 &&
    call.broken.length === 0 &&
    call.stored?.account === undefined &&
    call.stored?.hasPreference !== true &&
    group.served.has(call.row.name)
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
  if (picked instanceof Promise) return awaitChoice(call, group, exclusions, picked, refused);
  return take(call, group, exclusions, picked, refused);
}

async function awaitChoice(
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
  // Its vendor has no room for the call. Another one's may have.
  if (call.waitsForVendors === true && vendorWaitMs(call, runtime) > 0)
    return chooseAnother(call, group, exclusions, refused);
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
  // If the caller aborts the request, it does not wait for the store. A late reservation is given back.
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

/** The deployments that may serve this attempt: untried ones before tried ones, and of those only the first tier. */
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
    if (reason !== undefined) call.trail.reject(runtime.deployment, reason.text);
    else if (tried.includes(runtime)) {
      const waits = (call.ownFailures?.waitFor(runtime, call.now) ?? 0) > 0;
      if (!waits && !silent.includes(runtime)) stale.push(runtime);
    } else if (runtime.health.plain || runtime.health.admits(call.now, call.services.random.next()))
      fresh.push(runtime);
    else thinned.push(runtime);
  }
  const available = fresh.length > 0 ? fresh : thinned.length > 0 ? thinned : again ? stale : fresh;
  const left = call.stored?.hasPreference === true ? call.stored.preferred(available) : available;
  const found = supportingCandidates(call, group, left);
  return group.ordered && found.length > 1 ? lowestTier(found) : found;
}

function pick(
  call: Call,
  group: GroupRuntime,
  candidates: readonly DeploymentRuntime[],
): MaybePromise<DeploymentRuntime> {
  const choices = candidates as NonEmpty<DeploymentRuntime>;
  const preferred = group.affinity === undefined ? undefined : preferredBySession(call, group, choices);
  if (preferred !== undefined) return preferred;
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

/** Checks that the strategy picked one of the candidates. */
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
  faults.report(group.strategy, name, "the strategy failed, using simple-shuffle instead", cause);
  hub.emit({ type: "strategy_failed", at: call.now, strategy: group.strategy.name, group: group.name, cause });
  return spareStrategy.pick(choices, call.facts) as DeploymentRuntime;
}
