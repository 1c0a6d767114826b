import { errorKinds, type RouterError } from "@modelyard/core";
import {
  backoffMs,
  longestRetryAfterMs,
  type RetryAllowance,
  retryAllowance,
  retryJitterMs,
  type RetryPlace,
  retryPlace,
} from "@modelyard/policies";
import { isCodeFault } from "../attempt/attempt-errors.js";
import type { Call } from "../call/call.js";
import { clientAllowance } from "../plan/ceilings.js";
import { takeRetry } from "../call/take-retry.js";
import { allowedByTags, currentReason, staticReason } from "../candidates/reasons.js";
import type { Exclusions } from "../candidates/select.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";

/** What follows a failed attempt. One that succeeds is done, and nothing is decided. */
export type Decision =
  | {
      readonly next: "retry elsewhere";
      readonly exclusions: Exclusions;
      /** Whether the next attempt counts as a retry. */
      readonly isRetry: boolean;
    }
  | {
      readonly next: "retry here";
      readonly exclusions: Exclusions;
      readonly isRetry: true;
      /** To be waited for first, in milliseconds. */
      readonly afterMs: number;
    }
  | { readonly next: "next group" }
  | { readonly next: "stop" };

const nextGroup: Decision = Object.freeze({ next: "next group" });
const stop: Decision = Object.freeze({ next: "stop" });

/** The group at hand. */
interface Visit {
  readonly call: Call;
  readonly group: GroupRuntime;
  readonly exclusions: Exclusions;
}

interface Failure {
  readonly error: RouterError;
  readonly failed: DeploymentRuntime;
}

/** The groups that follow. */
interface Following {
  mayFallBack(error: RouterError): boolean;
}

/** Whether another attempt may follow a failed one: then the body is read again. */
export function mayGoOn({ call, group }: Visit, following: Following, { error, failed }: Failure): boolean {
  if (call.cancellation.cancelled || error.blame === "caller") return false;
  if (following.mayFallBack(error)) return true;
  if (error.kind === "unsupported_params" && error.upstream === undefined) return true;
  const { retries, byPolicy } = allowanceFor(call, group, failed, error);
  return call.retries < retries && call.attemptsLeft && (byPolicy || placeFor(error) !== "never");
}

/** Decides what follows a failed attempt, and takes the retry from the process' budget when it is one. */
export function decide(visit: Visit, following: Following, { error, failed }: Failure): Decision {
  const { call, group, exclusions } = visit;
  if (call.cancellation.cancelled || error.blame === "caller") return stop;
  const refused = error.kind === "unsupported_params";
  // A deployment that cannot be sent a field was not called: going on to another model costs no retry and no budget.
  const uncalled = refused && error.upstream === undefined;
  const allowance = allowanceFor(call, group, failed, error);
  const spent = call.retries >= allowance.retries;
  if (spent && !uncalled) return nextGroup;
  // A policy speaks for as many retries as it names: the same deployment would refuse the field every time.
  const place = allowance.byPolicy && !spent ? "anywhere" : placeFor(error);
  if (place === "never" || !call.attemptsLeft) return nextGroup;
  const tried = [...exclusions.tried, ...(refused ? alike(group, failed) : [failed])];
  const mute = error.kind === "timeout" && !allowance.byPolicy;
  const silent = mute ? [...exclusions.silent, failed] : exclusions.silent;
  const fitting = allowedByTags(call, group).filter((runtime) => staticReason(call, runtime) === undefined);
  if (fitting.some((runtime) => !tried.includes(runtime) && currentReason(call, runtime) === undefined)) {
    if (!uncalled && !takeRetry(call, group, failed, error)) return nextGroup;
    return { next: "retry elsewhere", exclusions: { tried, again: false, silent }, isRetry: !uncalled };
  }
  if (place !== "anywhere") return nextGroup;
  const fallbackExists = following.mayFallBack(error);
  // Neither a silent deployment nor one whose key or account has to be looked after is worth waiting for.
  if (fallbackExists && (mute || error.blame === "credential")) return nextGroup;
  const others = fitting.filter((runtime) => !silent.includes(runtime));
  // Those that were silent are asked again only when there is no other in the whole chain, or when a policy wants it.
  const askable = others.length > 0 || fallbackExists ? others : fitting;
  const afterMs = waitBefore(call, askable, fallbackExists);
  if (afterMs === undefined || call.now + afterMs >= call.deadlineAt) return nextGroup;
  if (!takeRetry(call, group, failed, error)) return nextGroup;
  const stillSilent = askable === others ? silent : [];
  return { next: "retry here", exclusions: { tried, again: true, silent: stillSilent }, isRetry: true, afterMs };
}

/** Those that say the same of a field that they cannot be sent. */
function alike(group: GroupRuntime, failed: DeploymentRuntime): readonly DeploymentRuntime[] {
  return group.runtimes.filter((runtime) => group.kinds.areAlike(runtime, failed));
}

/** The same code would fail over the same request again; a sibling may have another provider. */
function placeFor(error: RouterError): RetryPlace {
  return isCodeFault(error) ? "elsewhere" : retryPlace(error.kind);
}

/** How many retries a failure is worth. */
function allowanceFor(call: Call, group: GroupRuntime, failed: DeploymentRuntime, error: RouterError): RetryAllowance {
  const { config, written } = call.snapshot;
  const settings = {
    request: call.options.numRetries,
    policy: group.retryPolicy,
    deployment: failed.deployment.numRetries,
    group: group.options.numRetries,
    router: config.numRetries,
  };
  if (!call.retriesByClient) return retryAllowance(settings, error.kind);
  const configured = (settings.deployment ?? settings.group ?? written.numRetries) !== undefined;
  const allowance = clientAllowance(settings, configured, error.kind);
  if (allowance.capped) call.trail.cap("num_retries");
  return allowance;
}

/** Milliseconds until the first of these may be tried again, or `undefined` if that is too long to wait. */
function waitBefore(call: Call, askable: readonly DeploymentRuntime[], fallbackExists: boolean): number | undefined {
  const { maxRetryWaitMs, retryAfterMs: leastMs } = call.snapshot.config;
  let soonest = Number.POSITIVE_INFINITY;
  for (const runtime of askable) soonest = Math.min(soonest, waitFor(call, runtime, fallbackExists, leastMs));
  const longest = fallbackExists ? maxRetryWaitMs : longestRetryAfterMs;
  return soonest <= longest ? soonest + retryJitterMs(call.services.random.next()) : undefined;
}

/** `Infinity`: it is in a cooldown that others started, or something else is in the way. */
function waitFor(call: Call, runtime: DeploymentRuntime, fallbackExists: boolean, leastMs: number): number {
  const { health } = runtime;
  if (currentReason(call, runtime) === undefined) {
    const retryAfterMs = call.ownFailures?.waitFor(runtime, call.now);
    return backoffMs({ retries: call.retries, leastMs, retryAfterMs });
  }
  const { reason } = health;
  const isLimit = reason !== undefined && reason !== "shared" && errorKinds[reason].blame === "load";
  return isLimit && !fallbackExists ? Math.max(0, health.until - call.now) : Number.POSITIVE_INFINITY;
}

/** What a group was asked before a stream broke. */
export interface AttemptsBefore {
  readonly exclusions: Exclusions;
  readonly retries: number;
  /** What broke a stream in the middle; `undefined`: the group was not asked before. */
  readonly broke: RouterError | undefined;
}

/**
 * The attempts that a group made before a stream broke: to continue it there is what they left of the retries.
 * @throws what broke the stream, when nothing is left
 */
export function attemptsBefore(call: Call, group: GroupRuntime, broke: RouterError): AttemptsBefore {
  const last = call.broken.at(-1);
  if (last === undefined) return nothingBefore;
  const made = call.trail.attempts.filter((attempt) => attempt.group === group.name);
  if (made.length === 0) return nothingBefore;
  if (made.length > allowanceFor(call, group, last, broke).retries) throw broke;
  const among = (attempts: typeof made): readonly DeploymentRuntime[] =>
    group.runtimes.filter((runtime) => attempts.some((attempt) => attempt.deploymentId === runtime.deployment.id));
  const silent = among(made.filter((attempt) => attempt.error?.kind === "timeout"));
  // A deployment that refused to continue from the beginning may still do so when it is asked in words.
  const tried = among(call.continues === "instruct" ? made.filter((attempt) => attempt.continues !== "prefix") : made);
  return { exclusions: { tried, again: false, silent }, retries: made.length, broke };
}

export const nothingBefore: AttemptsBefore = {
  exclusions: { tried: [], again: false, silent: [] },
  retries: 0,
  broke: undefined,
};
