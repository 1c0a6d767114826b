import type { Candidate, StrategyEvent } from "@modelyard/core";
import { byMode, type LatencyMode, latencyModes } from "./latency-mode.js";
import { type PendingCall, PendingCalls } from "./pending-calls.js";

/** A call is overdue if it waits this many times longer than usual, or longer if it is long itself or waits behind long ones. */
const overdueFactor = 4;
/** No call is overdue before this, in milliseconds: an answer that is slightly late does not justify a higher price. */
const soonestOverdueMs = 1_000;
/** When a call is overdue at a deployment that has never answered, in milliseconds. */
const overdueIfUnknownMs = 10_000;
/**
 * A single overdue call may be an exception, so after this many times the wait that made it overdue, another call may follow it.
 * If that one is answered, the overdue call no longer counts. If it waits as well, none follows until one of them ends.
 */
const heldFactor = 1.5;
/** Weight of the latest wait in the mean. A late answer counts less, since the deployment may soon be as fast as before. */
const latestWeight = 0.2;
const lateWeight = 0.05;
/**
 * Longest time, in milliseconds, that a deployment is avoided after a timeout. It is avoided for as long as the call
 * waited.
 */
const longestAvoidedMs = 60_000;

/** What is known about the answers of one deployment. */
class DeploymentAnswers {
  readonly pending = new PendingCalls();
  /** Mean wait for an answer in milliseconds. 0: unknown. */
  readonly usualMs: Record<LatencyMode, number> = byMode(() => 0);
  /** Mean tokens that were processed before such an answer, those of earlier calls included. 0: unknown. */
  readonly #usualTokens: Record<LatencyMode, number> = byMode(() => 0);
  /** Whether a call has timed out, or was answered late, since the latest answer in time. */
  suspect = false;
  /** Until when the deployment is avoided after a timeout or two late answers in a row, in milliseconds since the epoch. */
  avoidedUntil = 0;
  /** When its oldest call becomes overdue, and until when that counts, in milliseconds since the epoch. */
  overdueAt = Number.POSITIVE_INFINITY;
  heldUntil = Number.POSITIVE_INFINITY;

  constructor(readonly id: string) {}

  answered(call: PendingCall, ms: number, at: number): void {
    const { mode } = call;
    const usual = this.usualMs[mode];
    const latest = this.#latestMs(call);
    // What delayed a call that others have overtaken did not delay the others.
    const isLate = ms >= latest && !call.overtaken;
    this.avoidedUntil = isLate && this.suspect ? at + Math.min(ms, longestAvoidedMs) : 0;
    this.suspect = isLate;
    const weight = usual === 0 ? 1 : isLate ? lateWeight : latestWeight;
    this.usualMs[mode] += ((usual === 0 ? ms : Math.min(ms, latest)) - usual) * weight;
    this.#usualTokens[mode] += (tokensBefore(call) - this.#usualTokens[mode]) * weight;
  }

  /** Computes when the oldest call becomes overdue, and until when it counts without a later one. */
  review(): void {
    this.overdueAt = Number.POSITIVE_INFINITY;
    for (const mode of latencyModes) {
      const oldest = this.pending.oldest(mode);
      if (oldest === undefined) continue;
      const waits = this.#latestMs(oldest);
      // Only one call at a time tests whether the deployment answers again, or in time again.
      const overdueAt = oldest.startedAt + (this.suspect ? 0 : waits);
      if (overdueAt >= this.overdueAt) continue;
      const isAlone = !this.suspect && this.pending.latest(mode) === oldest;
      this.overdueAt = overdueAt;
      this.heldUntil = isAlone ? oldest.startedAt + heldFactor * waits : Number.POSITIVE_INFINITY;
    }
  }

  /** After how long a call is overdue. That it is long, or waits behind long ones, is not the fault of the deployment. */
  #latestMs(call: PendingCall): number {
    const usual = this.usualMs[call.mode];
    if (usual === 0) return overdueIfUnknownMs;
    const length = tokensBefore(call) / Math.max(1, this.#usualTokens[call.mode]);
    return Math.max(soonestOverdueMs, usual * Math.max(overdueFactor, 1 + length));
  }
}

/** The prompt tokens that are processed before a call is answered. Plain answers depend on their own length instead. */
function tokensBefore({ mode, load, promptTokens }: PendingCall): number {
  return mode === "plain" ? 0 : load + promptTokens;
}

/** Finds the deployments that have stopped answering: their oldest call is overdue, or their latest call timed out. */
export class AnswerWatch {
  readonly #watched: (DeploymentAnswers | undefined)[] = [];
  /** Before this time, in milliseconds since the epoch, all deployments count as answering. */
  #allAnswerUntil = Number.POSITIVE_INFINITY;

  observe(event: StrategyEvent): void {
    const watched = this.#of(event.index, event.deployment.id);
    const { pending } = watched;
    switch (event.type) {
      case "attempt_started":
        pending.start(event);
        break;
      case "attempt_first_token":
        note(watched, event, event.firstTokenMs);
        break;
      case "attempt_succeeded":
        note(watched, event, event.firstTokenMs ?? event.durationMs);
        pending.end(event);
        break;
      case "attempt_failed":
        if (pending.end(event)?.answered !== true && event.error.kind === "timeout") {
          watched.suspect = true;
          watched.avoidedUntil = event.at + Math.min(event.durationMs, longestAvoidedMs);
        }
        break;
      case "attempt_aborted":
        pending.end(event);
        break;
      case "limits_reported":
      // Limits are not about the time that answers take.
    }
    watched.review();
    const silentFrom = watched.avoidedUntil > event.at ? event.at : watched.overdueAt;
    this.#allAnswerUntil = Math.min(this.#allAnswerUntil, silentFrom);
  }

  /** Whether no deployment has stopped answering. That is the usual case, and then a pick looks at nothing else. */
  allAnswer(now: number): boolean {
    if (now < this.#allAnswerUntil) return true;
    let until = Number.POSITIVE_INFINITY;
    for (const watched of this.#watched) {
      if (watched === undefined) continue;
      if (isSilent(watched, now)) return false;
      if (now < watched.overdueAt && watched.overdueAt < until) until = watched.overdueAt;
    }
    this.#allAnswerUntil = until;
    return true;
  }

  /** Whether a deployment answers, as far as is known. */
  answers({ index, deployment }: Candidate, now: number): boolean {
    const watched = this.#watched[index];
    return watched === undefined || !isSilent(watched, now) || watched.id !== deployment.id;
  }

  #of(index: number, id: string): DeploymentAnswers {
    const known = this.#watched[index];
    if (known?.id === id) return known;
    const made = new DeploymentAnswers(id);
    this.#watched[index] = made;
    return made;
  }
}

function note(watched: DeploymentAnswers, event: StrategyEvent, ms: number): void {
  const call = watched.pending.answer(event);
  if (call !== undefined) watched.answered(call, ms, event.at);
}

/** Whether a deployment is avoided. A time that is too far ahead means that the clock was set back. */
function isSilent({ overdueAt, heldUntil, avoidedUntil }: DeploymentAnswers, now: number): boolean {
  return (now >= overdueAt && now < heldUntil) || (now < avoidedUntil && avoidedUntil - now <= longestAvoidedMs);
}
