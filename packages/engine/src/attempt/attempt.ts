import type { EventOf, RouterError, Usage } from "@modelyard/core";
import { Cancellation, type Timer } from "@modelyard/core/kit";
import type { AttemptTimeouts } from "@modelyard/policies";
import { type Call, isApart } from "../call/call.js";
import type { OpenAttempt } from "../call/request-trail.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import { explain, isCodeFault, refusesPrefix, timeoutError } from "./attempt-errors.js";
import { isCausedByCaller } from "./caused-by-caller.js";
import { chargedFor, costOf, expectedAfter, neverSent } from "./usage.js";
import type { SessionAttempt } from "../affinity/session-attempt.js";
import type { Reservation } from "../candidates/reservation.js";
import { attemptEvent, noteFailure, noteSuccess, emitAttempt, wantsAttempt } from "./report.js";
import { noteSession } from "./session-report.js";

/** The remaining quota that the vendor reported, for strategies. */
export interface Remaining {
  readonly requests: number | undefined;
  readonly tokens: number | undefined;
}

/**
 * A probe that streams counts as successful after this time, because a stream may last for hours or have a slow reader.
 */
const probeSuccessMs = 10_000;
/** The longest wait after a 429 that does not start a cooldown, in milliseconds. */
const longestMirroredMs = 10_000;

/** One call to one deployment, with its timer, cancellation and accounting. It ends exactly once, however it ends. */
export class Attempt {
  readonly cancellation = new Cancellation();
  readonly timeouts: AttemptTimeouts;
  readonly startedAt: number;
  readonly record: OpenAttempt;
  firstTokenMs: number | undefined = undefined;
  remaining: Remaining | undefined = undefined;
  /** Whether the vendor may have received the request. */
  sent = false;
  /** The number of choices that the request asks for, including by defaults. */
  choices = 1;
  /** Whether the caller asked for the usage of its stream. */
  wantsUsage = false;
  /** The time limit that was exceeded, if one was. */
  passedLimit: keyof AttemptTimeouts | undefined = undefined;
  /** What the attempt means for its session, if sessions are kept at their deployments. Only then does the object have it. */
  declare session?: SessionAttempt;
  /** The estimated tokens of the answer, which count if no usage is reported. */
  outputTokens = 0;
  #timer: Timer = undefined;
  /** Replaces the timer's original action; see {@link Attempt.divert}. */
  #diverted: (() => void) | undefined = undefined;
  #proof: Timer = undefined;
  #over = false;

  constructor(
    readonly call: Call,
    readonly group: GroupRuntime,
    readonly runtime: DeploymentRuntime,
    readonly reservation: Reservation,
    readonly model: string,
  ) {
    const now = call.now;
    this.startedAt = now;
    this.timeouts = call.timeouts(runtime);
    const { deployment } = runtime;
    this.record = {
      deploymentId: deployment.id,
      group: group.name,
      provider: deployment.provider,
      model,
      startedAt: Math.floor(now),
      durationMs: 0,
      outcome: "pending",
    };
    if (call.continues !== undefined) this.record.continues = call.continues;
    call.trail.attempts.push(this.record);
    call.trail.deploymentId = deployment.id;
    call.trail.modelGroup = group.name;
    call.cancellation.add(this.cancellation);
    if (call.session !== undefined) this.session = call.session.begin(runtime, now);
    if (wantsAttempt(this, "attempt_started")) {
      emitAttempt(this, { ...attemptEvent(this, "attempt_started"), inputTokens: call.inputTokens });
    }
  }

  get over(): boolean {
    return this.#over;
  }

  /**
   * Cancels the attempt after `ms`, unless it ends or {@link Attempt.disarm} is called first.
   * @param limit - the configured limit that this is, or `undefined` if it is not a configured one
   */
  arm(ms: number | undefined, phase: string, limit: keyof AttemptTimeouts | undefined): void {
    this.disarm();
    if (ms === undefined || !Number.isFinite(ms)) return;
    this.#timer = this.call.services.clock.setTimer(() => {
      if (this.#diverted === undefined) this.timeOut(phase, limit, ms);
      else this.#fire();
    }, ms);
  }

  /**
   * Calls `action` when the running timer fires, instead of what that was set for, or after `ms` if no timer is
   * running. The timer does not keep the process alive. Sharing it saves each stream a timer (docs/internals.md, "One
   * timer, one clock").
   */
  divert(action: () => void, ms: number): void {
    this.#diverted = action;
    this.#timer ??= this.call.services.clock.setTimer(() => {
      this.#fire();
    }, ms);
    (this.#timer as { readonly unref?: () => void } | undefined)?.unref?.();
  }

  /** Undoes {@link Attempt.divert}, unless the timer has been armed for something else since. */
  undivert(): void {
    if (this.#diverted !== undefined) this.disarm();
  }

  #fire(): void {
    this.#timer = undefined;
    this.#diverted?.();
  }

  disarm(): void {
    this.#diverted = undefined;
    if (this.#timer === undefined) return;
    this.call.services.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Cancels the attempt because it exceeded a time limit.
   * @param ms - the limit, if it is not a configured one
   */
  timeOut(phase: string, limit: keyof AttemptTimeouts | undefined, ms: number): void {
    this.passedLimit = limit;
    this.cancellation.cancel(timeoutError(this, phase, (limit === undefined ? undefined : this.timeouts[limit]) ?? ms));
  }

  /** The milliseconds that are left of a limit, or `undefined` if there is no limit. */
  left(limitMs: number | undefined): number | undefined {
    return limitMs === undefined
      ? undefined
      : Math.min(limitMs, Math.max(0, this.startedAt + limitMs - this.call.services.clock.now()));
  }

  firstToken(now: number): void {
    this.firstTokenMs = Math.max(0, now - this.startedAt);
    this.record.firstTokenMs = this.firstTokenMs;
    this.session?.firstToken(this.firstTokenMs, now);
    if (wantsAttempt(this, "attempt_first_token")) {
      const event = { ...attemptEvent(this, "attempt_first_token"), firstTokenMs: this.firstTokenMs };
      if (this.#isApart) this.call.services.hub.emit(event);
      else emitAttempt(this, event);
    }
    if (this.reservation.probe) this.#scheduleProof();
  }

  succeed(usage: Usage | undefined): void {
    if (!this.#end("success")) return;
    const { call, runtime, reservation } = this;
    const { now } = call;
    const costUsd = this.#charge(usage);
    // If an attempt does not report its usage, the total is unknown.
    if (usage === undefined) call.trail.charge(undefined, undefined);
    reservation.settle(now, true, usage?.total_tokens ?? call.inputTokens + this.outputTokens);
    if (usage !== undefined && !this.#isApart)
      runtime.expectedOutput = expectedAfter(runtime.expectedOutput, usage.completion_tokens);
    noteSuccess(this);
    if (this.session !== undefined) noteSession(this, this.session, usage);
    if (!wantsAttempt(this, "attempt_succeeded")) return;
    const event = {
      ...attemptEvent(this, "attempt_succeeded"),
      durationMs: this.record.durationMs,
      firstTokenMs: this.firstTokenMs,
      usage,
      costUsd,
      remainingRequests: this.remaining?.requests,
      remainingTokens: this.remaining?.tokens,
    };
    emitAttempt(this, event, this.#isApart ? this.#abortedEvent(usage, costUsd) : event);
  }

  /**
   * Ends the attempt with a thrown value.
   * @returns the error that the value was converted to
   */
  fail(thrown: unknown, usage?: Usage): RouterError {
    const error = explain(this, thrown);
    const { call, runtime, reservation } = this;
    const aborted = error.kind === "aborted" || call.cancellation.cancelled;
    if (!this.#end(aborted ? "aborted" : "failure")) return error;
    if (aborted) {
      this.#aborted(usage);
      return error;
    }
    this.session?.failed();
    const { now } = call;
    error.deploymentId ??= runtime.deployment.id;
    error.model ??= this.model;
    this.record.error = {
      kind: error.kind,
      status: error.status,
      ...(error.upstream?.status === undefined ? {} : { upstreamStatus: error.upstream.status }),
      message: error.reason,
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    };
    const costUsd = this.#charge(usage);
    const sent = this.sent && !neverSent(error);
    reservation.settle(now, sent, usage?.total_tokens ?? chargedFor(error.kind, sent, call.inputTokens));
    const isMirrored = this.#mirrorsRefusal(error);
    call.causedByCaller = isCausedByCaller(this, error);
    const blameless = call.causedByCaller || isCodeFault(error);
    // To callbacks, only failures of the deployment have failed.
    if (error.blame === "caller") {
      if (wantsAttempt(this, "attempt_aborted")) emitAttempt(this, this.#abortedEvent(usage, costUsd));
    } else if (wantsAttempt(this, "attempt_failed")) {
      const event = {
        ...attemptEvent(this, "attempt_failed"),
        durationMs: this.record.durationMs,
        firstTokenMs: this.firstTokenMs,
        inputTokens: call.inputTokens,
        error,
        usage,
        costUsd,
      };
      emitAttempt(this, event, blameless ? this.#abortedEvent(usage, costUsd) : event);
    }
    if (call.continues === "prefix" && refusesPrefix(error)) runtime.refusesPrefix = true;
    call.startedCooldown = blameless || isMirrored ? 0 : noteFailure(this, error);
    if (blameless || isMirrored) runtime.health.release(reservation.probe);
    return error;
  }

  /** Ends the attempt because the caller aborted the request. */
  abort(usage: Usage | undefined): void {
    if (this.#end("aborted")) this.#aborted(usage);
  }

  #scheduleProof(): void {
    this.#proof = this.call.services.clock.setTimer(() => {
      this.call.tick();
      noteSuccess(this);
      this.reservation.probe = false;
    }, probeSuccessMs);
  }

  /** @returns `false` if the attempt had ended already: only the first end counts */
  #end(outcome: Exclude<OpenAttempt["outcome"], "pending">): boolean {
    // The outcome in the record is not used for this, because callers can see and change the record.
    if (this.#over) return false;
    this.#over = true;
    this.record.outcome = outcome;
    this.disarm();
    if (this.#proof !== undefined) this.call.services.clock.clearTimer(this.#proof);
    this.call.cancellation.remove(this.cancellation);
    this.record.durationMs = Math.max(0, this.call.tick() - this.startedAt);
    this.session?.end(outcome === "aborted", this.call.now);
    return true;
  }

  /**
   * Charges the usage, including that of an incomplete answer.
   * @returns the cost in US dollars, if it is known
   */
  #charge(usage: Usage | undefined): number | undefined {
    if (usage === undefined) return undefined;
    this.record.usage = usage;
    const { deployment } = this.runtime;
    const { prices } =
      this.model === deployment.model ? deployment : this.call.snapshot.facts.of(deployment, this.model);
    const costUsd = costOf(prices, usage);
    this.call.trail.charge(usage, costUsd);
    return costUsd;
  }

  /**
   * Notes a 429 whose wait is short where what is left of the vendor's limits is known. Requests that wait for limits then
   * come when there is room for them, and the deployment needs no cooldown, which would keep smaller ones away.
   * @returns whether it was noted
   */
  #mirrorsRefusal({ kind, retryAfterMs }: RouterError): boolean {
    const { mirrored } = this.reservation;
    if (kind !== "rate_limit" || mirrored === undefined) return false;
    this.runtime.mirror?.refused(this.call.now, mirrored.tokens, retryAfterMs ?? 0);
    return this.call.waitsForVendors === true && retryAfterMs !== undefined && retryAfterMs <= longestMirroredMs;
  }

  /** Whether the result says nothing about the deployment. */
  get #isApart(): boolean {
    return isApart(this.call);
  }

  /** The event that strategies get for an attempt whose result says nothing about its deployment. */
  #abortedEvent(usage: Usage | undefined, costUsd: number | undefined): EventOf<"attempt_aborted"> {
    const { durationMs } = this.record;
    return { ...attemptEvent(this, "attempt_aborted"), durationMs, usage, costUsd };
  }

  #aborted(usage: Usage | undefined): void {
    const { call, runtime, reservation } = this;
    const costUsd = this.#charge(usage);
    reservation.settle(call.now, this.sent, usage?.total_tokens ?? (this.sent ? call.inputTokens : 0));
    runtime.health.release(reservation.probe);
    if (wantsAttempt(this, "attempt_aborted")) emitAttempt(this, this.#abortedEvent(usage, costUsd));
  }
}
