import { createError, errorKinds, type Outcome, type RouterError, sleep } from "@modelyard/core";
import { backoffMs, longestRetryAfterMs, type RetryAllowance, retryAllowance, retryPlace } from "@modelyard/policies";
import type { Call } from "../request/call.js";
import type { DeploymentRuntime } from "../state/deployment-runtime.js";
import type { GroupRuntime } from "../state/group-runtime.js";
import { noDeployment } from "./no-deployment.js";
import { runAttempt } from "./run-attempt.js";
import { select, type Selection } from "./select.js";

/** What comes after a group, as far as the group must know. */
export interface Onward {
  /** Whether another group would be tried after this failure. */
  readonly fallback: (error: RouterError) => boolean;
}

/**
 * Attempts within one group until one serves or no more are allowed.
 * @throws the last failure, or `no_deployment_available` when nobody could be asked at all
 */
export async function runGroup(call: Call, group: GroupRuntime, onward: Onward): Promise<Outcome> {
  const { tried, retries, broke: before } = attemptsBefore(call, group);
  call.attempt = 1 + retries;
  call.trail.retries = retries;
  call.trail.modelGroup = group.name;
  let exclusions = { tried, again: false };
  let lastError = before;
  for (;;) {
    call.cancellation.throwIfCancelled();
    const selecting = select(call, group, exclusions);
    const selection = selecting instanceof Promise ? await selecting : selecting;
    if (selection === undefined) throw lastError ?? noDeployment(call, group);
    spendAttempt(call, selection, lastError);
    try {
      return await runAttempt(call, group, selection);
    } catch (thrown) {
      lastError = thrown as RouterError;
      if (call.cancellation.cancelled || lastError.blame === "caller") throw lastError;
      const next = await afterFailure(call, group, onward, { error: lastError, failed: selection.runtime, tried });
      if (next === "stop") throw lastError;
      exclusions = { tried, again: next === "again" };
      call.attempt += 1;
      call.trail.retries += 1;
    }
  }
}

interface AttemptsBefore {
  readonly tried: DeploymentRuntime[];
  readonly retries: number;
  /** What broke a stream in the middle; `undefined`: the group was not asked before. */
  readonly broke: RouterError | undefined;
}

/**
 * What was asked of a group before a stream broke: those who carry it on have what is left of the attempts.
 * @throws what broke the stream, when none are left
 */
function attemptsBefore(call: Call, group: GroupRuntime): AttemptsBefore {
  const { breakError: broke } = call;
  const last = call.broken.at(-1);
  if (broke === undefined || last === undefined) return { tried: [], retries: 0, broke: undefined };
  const ids = call.trail.attempts.filter((attempt) => attempt.group === group.name).map((made) => made.deploymentId);
  if (ids.length === 0) return { tried: [], retries: 0, broke: undefined };
  if (ids.length > allowanceFor(call, group, last, broke).retries) throw broke;
  return { tried: group.members.filter((member) => ids.includes(member.deployment.id)), retries: ids.length, broke };
}

/** One attempt fewer in all. @throws what failed last when none is left */
function spendAttempt(call: Call, selection: Selection, lastError: RouterError | undefined): void {
  const most = call.options.maxAttempts ?? call.snapshot.config.maxAttempts;
  if (most === undefined || call.trail.attempts.length < most) return;
  selection.reservation.giveBack(call.now);
  throw (
    lastError ??
    createError({ kind: "service_unavailable", message: `The ${String(most)} attempts of this request are used up.` })
  );
}

interface Failure {
  readonly error: RouterError;
  readonly failed: DeploymentRuntime;
  readonly tried: DeploymentRuntime[];
}

/** `elsewhere`: to one that was not tried; `again`: also to those that were; `stop`: not in this group. */
type NextStep = "elsewhere" | "again" | "stop";

async function afterFailure(call: Call, group: GroupRuntime, onward: Onward, failure: Failure): Promise<NextStep> {
  const { error, failed, tried } = failure;
  if (!tried.includes(failed)) tried.push(failed);
  const allowance = allowanceFor(call, group, failed, error);
  if (call.trail.retries >= allowance.retries) return "stop";
  const place = allowance.byPolicy ? "anywhere" : retryPlace(error.kind);
  if (place === "never") return "stop";
  const most = call.options.maxAttempts ?? call.snapshot.config.maxAttempts;
  if (most !== undefined && call.trail.attempts.length >= most) return "stop";
  call.tick();
  const { retryBudget } = call.services;
  if (group.members.some((member) => !tried.includes(member) && couldServe(call, member))) {
    return retryBudget?.take(call.now) === false ? "stop" : "elsewhere";
  }
  if (place !== "anywhere") return "stop";
  const onwardExists = onward.fallback(error);
  // A silent deployment is asked again only when a policy wants it, or there is nobody else in the whole chain.
  if (error.kind === "timeout" && !allowance.byPolicy && (onwardExists || !group.single)) return "stop";
  const waitMs = waitBefore(call, group, error, onwardExists);
  if (waitMs === undefined || call.now + waitMs >= call.deadlineAt) return "stop";
  if (retryBudget?.take(call.now) === false) return "stop";
  await sleep(call.services.clock, waitMs, call.cancellation);
  return "again";
}

function allowanceFor(call: Call, group: GroupRuntime, failed: DeploymentRuntime, error: RouterError): RetryAllowance {
  return retryAllowance(
    {
      request: call.options.numRetries,
      policy: group.retryPolicy,
      deployment: failed.deployment.numRetries,
      group: group.options.numRetries,
      router: call.snapshot.config.numRetries ?? 2,
    },
    error.kind,
  );
}

function couldServe(call: Call, member: DeploymentRuntime): boolean {
  const status = member.health.status(call.now);
  return status !== "cooling" && status !== "quarantined" && status !== "probing";
}

/** Milliseconds until somebody of the group may be asked again; `undefined`: not worth waiting for. */
function waitBefore(call: Call, group: GroupRuntime, error: RouterError, onwardExists: boolean): number | undefined {
  const { config } = call.snapshot;
  const up = group.members.some((member) => couldServe(call, member));
  if (up) {
    if (error.retryAfterMs !== undefined && error.retryAfterMs > longestRetryAfterMs) return undefined;
    if (error.retryAfterMs !== undefined && onwardExists) return undefined;
    return backoffMs({
      retries: call.trail.retries,
      leastMs: config.retryAfterMs ?? 0,
      retryAfterMs: error.retryAfterMs,
      chance: call.random.next(),
    });
  }
  if (onwardExists) return undefined;
  let soonest = Number.POSITIVE_INFINITY;
  for (const { health } of group.members) {
    const limited =
      health.reason !== undefined && health.reason !== "shared" && errorKinds[health.reason].blame === "load";
    if (limited) soonest = Math.min(soonest, health.until - call.now);
  }
  return soonest <= longestRetryAfterMs ? Math.max(0, soonest) : undefined;
}
