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

/** What follows a failed attempt. */
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
      /** How long to wait before the retry, in milliseconds. */
      readonly afterMs: number;
    }
  | { readonly next: "next group" }
  | { readonly next: "stop" };

export const nextGroup: Decision = Object.freeze({ next: "next group" });
const stop: Decision = Object.freeze({ next: "stop" });

/** The state of the current group. */
interface Visit {
  readonly call: Call;
  readonly group: GroupRuntime;
  readonly exclusions: Exclusions;
}

interface Failure {
  readonly error: RouterError;
  readonly failed: DeploymentRuntime;
}

/** Knows which groups follow. */
interface Following {
  mayFallBack(error: RouterError): boolean;
}

/** Whether another attempt may follow a failed one, so that a released body has to be restored. */
export function mayGoOn({ call, group }: Visit, following: Following, { error, failed }: Failure): boolean {
  if (call.cancellation.cancelled || error.blame === "caller") return false;
  if (following.mayFallBack(error)) return true;
  if (error.kind === "unsupported_params" && error.upstream === undefined) return true;
  const { retries, byPolicy } = allowanceFor(call, group, failed, error);
  return call.retries < retries && call.attemptsLeft && (byPolicy || placeFor(error) !== "never");
}

/** Decides what follows a failed attempt. A retry is taken from the budget of the process. */
export function decide(visit: Visit, following: Following, { error, failed }: Failure): Decision {
  const { call, group, exclusions } = visit;
  if (call.cancellation.cancelled || error.blame === "caller") return stop;
  const refused = error.kind === "unsupported_params";
  // If the provider refused a field without calling the vendor, moving on to another model costs neither a retry nor
  // budget.
  const uncalled = refused && error.upstream === undefined;
  const allowance = allowanceFor(call, group, failed, error);
  const spent = call.retries >= allowance.retries;
  if (spent && !uncalled) return nextGroup;
  // While a retry policy allows more retries, it decides alone, even about errors that are otherwise not retried. A provider
  // that refused a field itself would refuse it again.
  const place = allowance.byPolicy && !spent && !uncalled ? "anywhere" : placeFor(error);
  if (place === "never" || !call.attemptsLeft) return nextGroup;
  const tried = [...exclusions.tried, ...(refused ? alike(group, failed) : [failed])];
  const timedOut = error.kind === "timeout" && !allowance.byPolicy;
  const silent = timedOut ? [...exclusions.silent, failed] : exclusions.silent;
  const fitting = allowedByTags(call, group).filter((runtime) => staticReason(call, runtime) === undefined);
  if (fitting.some((runtime) => !tried.includes(runtime) && currentReason(call, runtime) === undefined)) {
    if (!uncalled && !takeRetry(call, group, failed, error)) return nextGroup;
    return { next: "retry elsewhere", exclusions: { tried, again: false, silent }, isRetry: !uncalled };
  }
  if (place !== "anywhere") return nextGroup;
  const fallbackExists = following.mayFallBack(error);
  // With a fallback, it is not worth waiting for a deployment that timed out, or whose key or account needs attention.
  if (fallbackExists && (timedOut || error.blame === "credential")) return nextGroup;
  const others = fitting.filter((runtime) => !silent.includes(runtime));
  // Deployments that timed out are tried again only if neither another deployment nor a fallback is left.
  const askable = others.length > 0 || fallbackExists ? others : fitting;
  const afterMs = waitBefore(call, askable, fallbackExists);
  if (afterMs === undefined || call.now + afterMs >= call.deadlineAt) return nextGroup;
  if (!takeRetry(call, group, failed, error)) return nextGroup;
  const stillSilent = askable === others ? silent : [];
  return { next: "retry here", exclusions: { tried, again: true, silent: stillSilent }, isRetry: true, afterMs };
}

/** The deployments that would refuse the same field. */
function alike(group: GroupRuntime, failed: DeploymentRuntime): readonly DeploymentRuntime[] {
  return group.runtimes.filter((runtime) => group.kinds.areAlike(runtime, failed));
}

/**
 * Where a retry may go. A bug in a provider would show again, so it is only retried where another provider may serve.
 */
function placeFor(error: RouterError): RetryPlace {
  return isCodeFault(error) ? "elsewhere" : retryPlace(error.kind);
}

/** How many retries a failure allows. */
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

/** Milliseconds until one of these deployments may be tried again, or `undefined` if that takes too long. */
function waitBefore(call: Call, askable: readonly DeploymentRuntime[], fallbackExists: boolean): number | undefined {
  const { maxRetryWaitMs, retryAfterMs: leastMs } = call.snapshot.config;
  let soonest = Number.POSITIVE_INFINITY;
  for (const runtime of askable) soonest = Math.min(soonest, waitFor(call, runtime, fallbackExists, leastMs));
  const longest = fallbackExists ? maxRetryWaitMs : longestRetryAfterMs;
  return soonest <= longest ? soonest + retryJitterMs(call.services.random.next()) : undefined;
}

/**
 * Milliseconds until a deployment may be tried again. `Infinity` if that does not depend on time alone, or if other
 * requests started its cooldown.
 */
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

/** The attempts that a group made before a stream broke. */
export interface AttemptsBefore {
  readonly exclusions: Exclusions;
  readonly retries: number;
  /** The error that broke the stream, or `undefined` if the group made no attempts. */
  readonly broke: RouterError | undefined;
}

/**
 * The attempts that a group made before a stream broke. They count as retries for the attempts that continue it.
 * @throws the error that broke the stream, if no retries are left
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
  // A deployment that could not continue from the beginning of the answer may still follow the instruction to do so.
  const tried = among(call.continues === "instruct" ? made.filter((attempt) => attempt.continues !== "prefix") : made);
  return { exclusions: { tried, again: false, silent }, retries: made.length, broke };
}

export const nothingBefore: AttemptsBefore = {
  exclusions: { tried: [], again: false, silent: [] },
  retries: 0,
  broke: undefined,
};
