import { errorKinds, type MaybePromise, type RouterError, sleep } from "@modelyard/core";
import {
  backoffMs,
  defaultMaxRetryWaitMs,
  longestRetryAfterMs,
  type RetryAllowance,
  retryAllowance,
  retryJitterMs,
  type RetryPlace,
  retryPlace,
} from "@modelyard/policies";
import type { Call } from "../call/call.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { clientAllowance } from "../call/ceilings.js";
import { isCodeFault } from "../attempt/code-fault.js";
import { noDeployment } from "../candidates/no-deployment.js";
import { OwnFailures } from "../call/own-failures.js";
import type { Onward } from "../attempt/onward.js";
import type { Reservation } from "../candidates/reservation.js";
import { allowedByTags, currentReason, staticReason } from "../candidates/reasons.js";
import { type Exclusions, select } from "../candidates/select.js";
import { takeRetry } from "../call/take-retry.js";

/** The attempts within one group. Not a function that waits for them: each one more on the way costs every request. */
export class GroupVisit {
  readonly group: GroupRuntime;
  readonly #call: Call;
  readonly #onward: Onward;
  #exclusions: Exclusions;
  /** What failed last here. */
  #lastError: RouterError | undefined;
  /** Whether the next attempt is a retry of one that was made here before a stream broke. */
  #resumed: boolean;

  /** @throws what broke a stream, when nobody here may carry it on */
  constructor(call: Call, group: GroupRuntime, onward: Onward) {
    const { exclusions, retries, broke } = attemptsBefore(call, group);
    this.group = group;
    this.#call = call;
    this.#onward = onward;
    this.#exclusions = exclusions;
    this.#lastError = broke;
    call.ownFailures = undefined;
    call.attempt = 1 + retries;
    call.retries = retries;
    this.#resumed = retries > 0;
    call.trail.modelGroup = group.name;
  }

  /** The deployment to ask next, for {@link GroupVisit.take}. */
  select(): MaybePromise<Reservation | undefined> {
    this.#call.cancellation.throwIfCancelled();
    return select(this.#call, this.group, this.#exclusions);
  }

  /** @throws the last failure, or `no_deployment_available` when nobody could be asked at all */
  take(reservation: Reservation | undefined): Reservation {
    if (reservation === undefined) throw this.#lastError ?? noDeployment(this.#call, this.group);
    if (this.#resumed) this.#call.trail.retries += 1;
    this.#resumed = false;
    return reservation;
  }

  /**
   * Waits until the next attempt may be made.
   * @throws what failed, when there is none in this group
   */
  async goOn(error: RouterError, failed: DeploymentRuntime): Promise<void> {
    const call = this.#call;
    this.#lastError = error;
    if (call.cancellation.cancelled || error.blame === "caller") throw error;
    call.tick();
    call.ownFailures ??= new OwnFailures();
    call.ownFailures.add(failed, call.startedCooldown, call.now + (error.retryAfterMs ?? 0));
    const exclusions = this.#exclusions;
    const next = await afterFailure(call, this.group, this.#onward, { error, failed, exclusions });
    if (next === undefined) throw error;
    this.#exclusions = next;
    call.attempt += 1;
  }
}

interface AttemptsBefore {
  readonly exclusions: Exclusions;
  readonly retries: number;
  /** What broke a stream in the middle; `undefined`: the group was not asked before. */
  readonly broke: RouterError | undefined;
}

/**
 * What was asked of a group before a stream broke: those who carry it on have what is left of the attempts.
 * @throws what broke the stream, when none are left
 */
function attemptsBefore(call: Call, group: GroupRuntime): AttemptsBefore {
  const { breakError } = call;
  return breakError === undefined ? nothingBefore : attemptsBeforeBreak(call, group, breakError);
}

function attemptsBeforeBreak(call: Call, group: GroupRuntime, broke: RouterError): AttemptsBefore {
  const last = call.broken.at(-1);
  if (last === undefined) return nothingBefore;
  const made = call.trail.attempts.filter((attempt) => attempt.group === group.name);
  if (made.length === 0) return nothingBefore;
  if (made.length > allowanceFor(call, group, last, broke).retries) throw broke;
  const among = (attempts: typeof made): readonly DeploymentRuntime[] =>
    group.members.filter((member) => attempts.some((attempt) => attempt.deploymentId === member.deployment.id));
  const silent = among(made.filter((attempt) => attempt.error?.kind === "timeout"));
  // A deployment that refused to continue from the beginning may still do so when it is asked in words.
  const tried = among(call.continues === "instruct" ? made.filter((attempt) => attempt.continues !== "prefix") : made);
  return { exclusions: { tried, again: false, silent }, retries: made.length, broke };
}

const nothingBefore: AttemptsBefore = {
  exclusions: { tried: [], again: false, silent: [] },
  retries: 0,
  broke: undefined,
};

interface Failure {
  readonly error: RouterError;
  readonly failed: DeploymentRuntime;
  readonly exclusions: Exclusions;
}

/** Counts the retry, and says who is not to be asked in it; `undefined`: there is none in this group. */
async function afterFailure(
  call: Call,
  group: GroupRuntime,
  onward: Onward,
  { error, failed, exclusions }: Failure,
): Promise<Exclusions | undefined> {
  const refused = error.kind === "unsupported_params";
  // A deployment that cannot be sent a field was not called: going on to another model costs no retry and no budget.
  const uncalled = refused && error.upstream === undefined;
  const allowance = allowanceFor(call, group, failed, error);
  const spent = call.retries >= allowance.retries;
  if (spent && !uncalled) return undefined;
  // A policy speaks for as many retries as it names: the same deployment would refuse the field every time.
  const place = allowance.byPolicy && !spent ? "anywhere" : placeFor(error);
  if (place === "never") return undefined;
  if (!call.attemptsLeft) return undefined;
  const tried = [...exclusions.tried, ...(refused ? alike(group, failed) : [failed])];
  const mute = error.kind === "timeout" && !allowance.byPolicy;
  const silent = mute ? [...exclusions.silent, failed] : exclusions.silent;
  const fitting = allowedByTags(call, group).filter((member) => staticReason(call, member) === undefined);
  if (fitting.some((member) => !tried.includes(member) && currentReason(call, member) === undefined)) {
    if (!uncalled) {
      if (!takeRetry(call, group, failed, error)) return undefined;
      call.countRetry();
    }
    return { tried, again: false, silent };
  }
  if (place !== "anywhere") return undefined;
  const onwardExists = onward.fallback(error);
  // Neither a silent deployment nor one whose key or account has to be looked after is worth waiting for.
  if (onwardExists && (mute || error.blame === "credential")) return undefined;
  const others = fitting.filter((member) => !silent.includes(member));
  // Those that were silent are asked again only when there is no other in the whole chain, or when a policy wants it.
  const askable = others.length > 0 || onwardExists ? others : fitting;
  const waitMs = waitBefore(call, askable, onwardExists);
  if (waitMs === undefined || call.now + waitMs >= call.deadlineAt) return undefined;
  if (!takeRetry(call, group, failed, error)) return undefined;
  await sleep(call.services.clock, waitMs, call.cancellation);
  call.countRetry();
  return { tried, again: true, silent: askable === others ? silent : [] };
}

/** Those that say the same of a field that they cannot be sent. */
function alike(group: GroupRuntime, failed: DeploymentRuntime): readonly DeploymentRuntime[] {
  return group.members.filter((member) => group.kinds.areAlike(member, failed));
}

/** The same code would fail over the same request again; a sibling may have another provider. */
function placeFor(error: RouterError): RetryPlace {
  return isCodeFault(error) ? "elsewhere" : retryPlace(error.kind);
}

function allowanceFor(call: Call, group: GroupRuntime, failed: DeploymentRuntime, error: RouterError): RetryAllowance {
  const { config } = call.snapshot;
  const settings = {
    request: call.options.numRetries,
    policy: group.retryPolicy,
    deployment: failed.deployment.numRetries,
    group: group.options.numRetries,
    router: config.numRetries ?? 2,
  };
  if (!call.retriesByClient) return retryAllowance(settings, error.kind);
  const configured = (settings.deployment ?? settings.group ?? config.numRetries) !== undefined;
  const allowance = clientAllowance(settings, configured, error.kind);
  if (allowance.capped) call.trail.cap("num_retries");
  return allowance;
}

/** Milliseconds until the first of these may be tried again, or `undefined` if that is too long to wait. */
function waitBefore(call: Call, askable: readonly DeploymentRuntime[], onwardExists: boolean): number | undefined {
  const { maxRetryWaitMs = defaultMaxRetryWaitMs, retryAfterMs: leastMs = 0 } = call.snapshot.config;
  let soonest = Number.POSITIVE_INFINITY;
  for (const member of askable) soonest = Math.min(soonest, waitFor(call, member, onwardExists, leastMs));
  const longest = onwardExists ? maxRetryWaitMs : longestRetryAfterMs;
  return soonest <= longest ? soonest + retryJitterMs(call.random.next()) : undefined;
}

/** `Infinity`: it is in a cooldown that others started, or something else is in the way. */
function waitFor(call: Call, member: DeploymentRuntime, onwardExists: boolean, leastMs: number): number {
  const { health } = member;
  if (currentReason(call, member) === undefined) {
    const retryAfterMs = call.ownFailures?.waitFor(member, call.now);
    return backoffMs({ retries: call.retries, leastMs, retryAfterMs });
  }
  const { reason } = health;
  const isLimit = reason !== undefined && reason !== "shared" && errorKinds[reason].blame === "load";
  return isLimit && !onwardExists ? Math.max(0, health.until - call.now) : Number.POSITIVE_INFINITY;
}
