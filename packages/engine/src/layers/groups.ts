import { type ErrorKind, type ProviderResult, RouterError } from "@modelyard/core";
import { type FallbackEntry, type MaybePromise, type Outcome, type ProviderStream, sleep } from "@modelyard/core/kit";
import { fallbackName } from "@modelyard/policies";
import { blockedError } from "../attempt/attempt-errors.js";
import type { Attempt } from "../attempt/attempt.js";
import { isBlocked } from "../attempt/finish-reasons.js";
import { beginAttempt, callProvider, checkAnswer, finishAnswer, noteResult, usageIn } from "../attempt/run-attempt.js";
import type { Call } from "../call/call.js";
import { dropReasoning } from "../call/drop-reasoning.js";
import { OwnFailures } from "../call/own-failures.js";
import { isMissing } from "../call/stored-names.js";
import { noDeployment } from "../candidates/no-deployment.js";
import type { Reservation } from "../candidates/reservation.js";
import { orWait, waitForRoom } from "../candidates/limit-queue.js";
import { type Exclusions, select } from "../candidates/select.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { adviseStored, findStored, notFoundIn } from "../candidates/stored-place.js";
import type { ResolvedName } from "../plan/name-table.js";
import { StreamSession } from "../stream/stream-session.js";
import { attemptsBefore, type Decision, decide, mayGoOn, nextGroup, nothingBefore } from "./decide.js";
import {
  entriesFor,
  isStoredElsewhere,
  mockFailure,
  refusedByAll,
  tooSmall,
  unknownModel,
} from "./fallback-entries.js";

/** Processes a call that the cache cannot answer: a loop over groups, and in each group a loop over attempts. */
export async function runGroups(call: Call): Promise<Outcome> {
  const walk = new FallbackWalk(call);
  for (;;) {
    let error: RouterError;
    try {
      const visit = walk.enter();
      for (;;) {
        const selecting = visit.select();
        const reservation = selecting instanceof Promise ? await selecting : selecting;
        if (reservation === undefined) {
          error = visit.exhausted();
          if (visit.searchOn(error)) continue;
          break;
        }
        visit.begin();
        const attempt = beginAttempt(call, visit.group, reservation);
        try {
          const taking = takeResult(attempt, await callProvider(attempt), walk);
          const outcome = taking instanceof Promise ? await taking : taking;
          walk.arrive();
          call.stored?.found();
          return outcome;
        } catch (thrown) {
          error = attempt.fail(thrown);
        }
        if (dropReasoning(call, error)) {
          await call.restore();
          visit.failed(error, attempt.runtime);
          continue;
        }
        const searches = call.stored?.searches === true;
        if (call.isReleased && (searches || mayGoOn(visit, walk, { error, failed: attempt.runtime })))
          await call.restore();
        visit.failed(error, attempt.runtime);
        const missing = searches && isMissing(error);
        const decision = missing ? nextGroup : decide(visit, walk, { error, failed: attempt.runtime });
        if (decision.next === "next group" || decision.next === "stop") {
          if (visit.searchOn(error)) continue;
          if (missing) error = call.stored?.unanswered ?? notFoundIn(call, visit.group);
          break;
        }
        if (decision.next === "retry here") await sleep(call.services.clock, decision.afterMs, call.cancellation);
        visit.retry(decision);
      }
    } catch (thrown) {
      // This is not a failed attempt: the caller aborted the request, or the group's fallback entry is invalid.
      // Anything but a `RouterError` is a bug, which must not look like an outage.
      if (!RouterError.isInstance(thrown)) throw thrown;
      error = thrown;
    }
    const failure = walk.goOn(error);
    if (failure !== undefined) throw failure;
  }
}

/**
 * Converts an attempt's result to an outcome. It only waits for streams, so that plain calls have one `async` function
 * less (docs/internals.md, "A waiting `async` function keeps its arguments").
 * @throws the error that the attempt fails with
 */
function takeResult(attempt: Attempt, result: ProviderResult, walk: FallbackWalk): MaybePromise<Outcome> {
  noteResult(attempt, result);
  if (result.kind === "stream") return openStream(attempt, result, walk);
  const blocked = checkAnswer(attempt, result);
  // An answer that the vendor's filter blocked is a failure despite its status, if another group may be able to answer.
  if (blocked !== undefined && walk.mayFallBack(blocked))
    throw attempt.fail(blocked, usageIn(result, attempt.call.row));
  return finishAnswer(attempt, result);
}

/** Reads a stream up to its first content. @throws the error that the attempt fails with */
async function openStream(attempt: Attempt, result: ProviderStream, walk: FallbackWalk): Promise<Outcome> {
  const session = new StreamSession(attempt, result.parts);
  await session.open();
  const blocked = isBlocked(session.opening, attempt) ? blockedError(attempt) : undefined;
  if (blocked !== undefined && walk.mayFallBack(blocked)) {
    attempt.fail(blocked, session.spent);
    await session.return();
    throw blocked;
  }
  return { kind: "stream", parts: session, trail: attempt.call.trail };
}

/** One group of a fallback chain. */
interface FallbackStep {
  readonly target: ResolvedName;
  /** The name that led to it. */
  readonly name: string;
  /** The fallback entry that led to it, or `undefined` for the group that the caller asked for. */
  readonly entry: FallbackEntry | undefined;
}

const none: readonly FallbackStep[] = Object.freeze([]);
/** Kinds of failures that have lists of fallbacks of their own. */
const fallbackKinds = ["internal_server", "context_window_exceeded", "content_policy_violation"] as const;

/** The path of one request from group to group. */
class FallbackWalk {
  readonly #call: Call;
  #here: FallbackStep;
  /** Groups that failed. */
  #left: readonly FallbackStep[] = none;
  /** The groups that are still to be tried. */
  #pending: readonly FallbackStep[] = none;
  /** The failure of the first group. */
  #primary: RouterError | undefined = undefined;

  /** @throws `model_not_found`, and `bad_request` for a client's key or address that the group does not accept */
  constructor(call: Call) {
    const target = call.snapshot.names.resolve(call.requestedModel);
    if (target === undefined) throw unknownModel(call);
    const refused = call.options.clientAuth === undefined ? undefined : refusedByAll(call, target);
    if (refused !== undefined) throw refused;
    this.#call = call;
    this.#here = { target, name: call.requestedModel, entry: undefined };
    if (call.row.stored !== undefined) this.#findStored();
  }

  /**
   * Finds out where what the request refers to is stored, and begins with the first group that can read it. That is a
   * fallback if a fallback answered earlier.
   * @throws `not_found` if no group can
   */
  #findStored(): void {
    const call = this.#call;
    const { target } = this.#here;
    call.stored = findStored(call, target.group);
    call.stored?.beginSearch();
    if (!isStoredElsewhere(call, target)) return;
    const [next, ...pending] = fallbackKinds.map((kind) => this.#after(kind)).find((steps) => steps.length > 0) ?? none;
    if (next === undefined) throw notFoundIn(call, target.group);
    call.trail.fallbacks += 1;
    this.#left = [this.#here];
    this.#pending = pending;
    this.#here = next;
  }

  /** @throws a failure that the request simulates, and errors in the fallback entry */
  enter(): GroupVisit {
    const call = this.#call;
    const { target, entry } = this.#here;
    call.enter(target.captures, entry);
    if (call.options.mockFailure !== undefined && this.#left.length === 0) {
      call.trail.modelGroup = target.group.name;
      throw mockFailure(call.options.mockFailure);
    }
    return new GroupVisit(call, target.group);
  }

  /** The current group answered. */
  arrive(): void {
    this.#call.served = this.#here;
    if (this.#left.length > 0) this.#report(this.#primary, true);
  }

  /**
   * Moves on from a group that failed to the next one.
   * @returns the error of the request if no group follows: the first group's failure, unless only the last one says that
   * the caller caused it; `undefined` if another group follows
   */
  goOn(error: RouterError): RouterError | undefined {
    const call = this.#call;
    this.#report(error, false);
    if (this.#primary === undefined && call.stored !== undefined)
      adviseStored(call, call.stored, this.#here.target.group, error);
    this.#primary ??= error;
    if (call.cancellation.cancelled) return error;
    if (error.blame === "caller") return isRefusal(this.#primary) ? this.#primary : error;
    if (!call.attemptsLeft) return this.#primary;
    const [next, ...pending] = this.#after(error.kind);
    if (next === undefined) return this.#primary;
    call.trail.fallbacks += 1;
    this.#left = [...this.#left, this.#here];
    this.#pending = pending;
    this.#here = next;
    return undefined;
  }

  /** Whether another group would be tried after this failure. */
  mayFallBack(error: RouterError): boolean {
    return this.#call.attemptsLeft && this.#after(error.kind, 1).length > 0;
  }

  /**
   * The groups that may follow a failed one, without those that were visited, do not exist, are too small or refuse the
   * client's key. The cost is linear in the number of entries.
   * @param enough - the search ends after this many groups
   */
  #after(kind: ErrorKind, enough = Number.POSITIVE_INFINITY): readonly FallbackStep[] {
    const call = this.#call;
    const most = call.options.maxFallbacks ?? call.snapshot.config.maxFallbacks;
    if (this.#left.length >= most || call.options.disableFallbacks === true) return none;
    const seen = new Set([...this.#left, this.#here].map(({ target }) => keyOf(target)));
    const steps: FallbackStep[] = [];
    const add = (step: FallbackStep): void => {
      const key = keyOf(step.target);
      if (seen.has(key)) return;
      seen.add(key);
      if (kind === "context_window_exceeded" && tooSmall(call, step.target)) return;
      if (refusedByAll(call, step.target) !== undefined || isStoredElsewhere(call, step.target)) return;
      steps.push(step);
    };
    const { entries, common } = entriesFor(call, this.#here, kind);
    // A request that a content policy rejected does not move on to the general list, nor to the rest of it.
    const pending = kind === "content_policy_violation" ? none : this.#pending;
    if (common) for (const step of pending) add(step);
    for (const entry of entries) {
      if (steps.length >= enough) return steps;
      const name = fallbackName(entry);
      const target = call.snapshot.names.resolve(name);
      if (target !== undefined) add({ target, name, entry });
    }
    for (const step of pending) add(step);
    return steps;
  }

  /** Emits the event for a step from one group to the next. */
  #report(error: RouterError | undefined, succeeded: boolean): void {
    const call = this.#call;
    const from = this.#left.at(-1);
    if (from === undefined || error === undefined || !call.services.hub.wanted.has("fallback")) return;
    call.services.hub.emit({
      type: "fallback",
      at: call.tick(),
      callId: call.trail.callId,
      operation: call.operation,
      stream: call.stream,
      requestedModel: call.requestedModel,
      fromGroup: from.target.group.name,
      toGroup: this.#here.target.group.name,
      error,
      succeeded,
    });
  }
}

/** Whether a vendor refused the request, in words that clients may know. */
function isRefusal({ blame, upstream }: RouterError): boolean {
  return blame === "request" && upstream !== undefined;
}

/** Equal for targets that count as the same group. Each name that a pattern covers is a separate group. */
function keyOf({ group, captures }: ResolvedName): unknown {
  return captures === undefined ? group : JSON.stringify([group.name, captures]);
}

/** The attempts within one group. */
class GroupVisit {
  readonly call: Call;
  readonly group: GroupRuntime;
  exclusions: Exclusions;
  /** The last failure in this group. */
  #lastError: RouterError | undefined;
  /** Whether the next attempt is a retry of one that was made in this group before a stream broke. */
  #resumed: boolean;

  /** @throws the error that broke a stream, if no deployment of this group may continue it */
  constructor(call: Call, group: GroupRuntime) {
    const { breakError } = call;
    const { exclusions, retries, broke } =
      breakError === undefined ? nothingBefore : attemptsBefore(call, group, breakError);
    this.call = call;
    this.group = group;
    this.exclusions = exclusions;
    this.#lastError = broke;
    this.#resumed = retries > 0;
    call.ownFailures = undefined;
    call.attempt = 1 + retries;
    call.retries = retries;
    call.trail.modelGroup = group.name;
    if (call.limitWaitMs(group) > 0) call.waitsForVendors = true;
    else if (call.waitsForVendors === true) call.waitsForVendors = false;
  }

  /** The reservation of the next deployment; `undefined` if there is none. */
  select(): MaybePromise<Reservation | undefined> {
    const { call, group, exclusions } = this;
    call.cancellation.throwIfCancelled();
    // Those that wait go first: others only get what nobody in the queue can use.
    const selecting = select(call, group, exclusions, group.queue?.claimed);
    if (selecting instanceof Promise) return orWait(selecting, call, group, exclusions);
    return selecting ?? waitForRoom(call, group, exclusions);
  }

  /** An attempt at the selected deployment begins. */
  begin(): void {
    if (this.#resumed) this.call.trail.retries += 1;
    this.#resumed = false;
  }

  /** Records a failure, before deciding what follows. */
  failed(error: RouterError, deployment: DeploymentRuntime): void {
    const { call } = this;
    this.#lastError = error;
    if (call.cancellation.cancelled || error.blame === "caller") return;
    call.ownFailures ??= new OwnFailures();
    call.ownFailures.add(deployment, call.startedCooldown, call.tick() + (error.retryAfterMs ?? 0));
  }

  /** Moves on to the next attempt. */
  retry({ exclusions, isRetry }: Extract<Decision, { readonly isRetry: boolean }>): void {
    this.exclusions = exclusions;
    this.call.attempt += 1;
    if (isRetry) this.call.countRetry();
  }

  /** Looks for what the request refers to in another account. @returns whether there is one */
  searchOn(error: RouterError): boolean {
    const { call } = this;
    if (call.stored?.searches !== true || call.cancellation.cancelled || error.blame === "caller") return false;
    if (!call.attemptsLeft || !call.stored.searchOn(error)) return false;
    this.exclusions = nothingBefore.exclusions;
    this.#lastError = undefined;
    call.attempt += 1;
    return true;
  }

  /** The error of the group if no deployment is left: the last failure, or that there was no deployment at all. */
  exhausted(): RouterError {
    return this.#lastError ?? noDeployment(this.call, this.group);
  }
}
