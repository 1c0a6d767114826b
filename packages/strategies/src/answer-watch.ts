import type { Candidate, StrategyEvent } from "@modelyard/core";
import { byMode, type LatencyMode, latencyModes, modeOf } from "./latency-mode.js";
import { PendingCalls } from "./pending-calls.js";

/** A call is overdue if it waits this many times longer than usual. */
const overdueFactor = 4;
/** No call is overdue before this, in milliseconds: an answer that is slightly late does not justify a higher price. */
const soonestOverdueMs = 1_000;
/** When a call is overdue at a deployment that has never answered, in milliseconds. */
const overdueIfUnknownMs = 10_000;
/** Weight of the latest wait in the mean. */
const latestWeight = 0.2;
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
  /** Whether a call has timed out since the latest answer. */
  timedOut = false;
  /** Until when the deployment is avoided after a timeout, in milliseconds since the epoch. */
  avoidedUntil = 0;

  constructor(readonly id: string) {}

  answered(mode: LatencyMode, ms: number): void {
    const usual = this.usualMs[mode];
    this.usualMs[mode] = usual === 0 ? ms : usual + (ms - usual) * latestWeight;
    this.timedOut = false;
    this.avoidedUntil = 0;
  }

  overdueAt(): number {
    let overdueAt = Number.POSITIVE_INFINITY;
    for (const mode of latencyModes) {
      const oldest = this.pending.oldest(mode);
      if (oldest === undefined) continue;
      const usual = this.usualMs[mode];
      const waits = usual === 0 ? overdueIfUnknownMs : Math.max(soonestOverdueMs, overdueFactor * usual);
      // Only one call at a time tests whether the deployment answers again.
      overdueAt = Math.min(overdueAt, oldest.startedAt + (this.timedOut ? 0 : waits));
    }
    return overdueAt;
  }
}

/** Finds the deployments that have stopped answering: their oldest call is overdue, or their latest call timed out. */
export class AnswerWatch {
  readonly #watched: (DeploymentAnswers | undefined)[] = [];
  /**
   * By index: when the oldest call becomes overdue, and until when the deployment is avoided. Milliseconds since the
   * epoch.
   */
  #overdueAt = new Float64Array(0);
  #avoidedUntil = new Float64Array(0);
  /** Before this time, in milliseconds since the epoch, all deployments count as answering. */
  #allAnswerUntil = Number.POSITIVE_INFINITY;

  observe(event: StrategyEvent): void {
    const { index } = event;
    const watched = this.#of(index, event.deployment.id);
    const { pending } = watched;
    const mode = modeOf(event.operation, event.stream);
    switch (event.type) {
      case "attempt_started":
        pending.start(event);
        break;
      case "attempt_first_token":
        if (pending.answer(event) !== undefined) watched.answered(mode, event.firstTokenMs);
        break;
      case "attempt_succeeded":
        if (pending.answer(event) !== undefined) watched.answered(mode, event.firstTokenMs ?? event.durationMs);
        pending.end(event);
        break;
      case "attempt_failed":
        if (pending.end(event)?.answered !== true && event.error.kind === "timeout") {
          watched.timedOut = true;
          watched.avoidedUntil = event.at + Math.min(event.durationMs, longestAvoidedMs);
        }
        break;
      case "attempt_aborted":
        pending.end(event);
    }
    this.#overdueAt[index] = watched.overdueAt();
    this.#avoidedUntil[index] = watched.avoidedUntil;
    this.#allAnswerUntil =
      watched.avoidedUntil > event.at ? event.at : Math.min(this.#allAnswerUntil, this.#overdueAt[index]);
  }

  /** Whether no deployment has stopped answering. That is the usual case, and then a pick looks at nothing else. */
  allAnswer(now: number): boolean {
    if (now < this.#allAnswerUntil) return true;
    let until = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#overdueAt.length; index += 1) {
      const overdueAt = this.#overdueAt[index] as number;
      if (now >= overdueAt || this.#rests(index, now)) return false;
      if (overdueAt < until) until = overdueAt;
    }
    this.#allAnswerUntil = until;
    return true;
  }

  /** Whether a deployment answers, as far as is known. */
  answers({ index, deployment }: Candidate, now: number): boolean {
    if (index >= this.#overdueAt.length) return true;
    if (now < (this.#overdueAt[index] as number) && !this.#rests(index, now)) return true;
    return this.#watched[index]?.id !== deployment.id;
  }

  /** Whether a deployment is avoided. A time that is too far ahead means that the clock was set back. */
  #rests(index: number, now: number): boolean {
    const until = this.#avoidedUntil[index] as number;
    return now < until && until - now <= longestAvoidedMs;
  }

  #of(index: number, id: string): DeploymentAnswers {
    const known = this.#watched[index];
    if (known?.id === id) return known;
    const made = new DeploymentAnswers(id);
    this.#watched[index] = made;
    if (index >= this.#overdueAt.length) {
      const length = Math.max(16, 2 * (index + 1));
      const [overdueAt, avoidedUntil] = [
        new Float64Array(length).fill(Number.POSITIVE_INFINITY),
        new Float64Array(length),
      ];
      overdueAt.set(this.#overdueAt);
      avoidedUntil.set(this.#avoidedUntil);
      this.#overdueAt = overdueAt;
      this.#avoidedUntil = avoidedUntil;
    }
    return made;
  }
}
