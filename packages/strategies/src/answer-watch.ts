import type { Candidate, StrategyEvent } from "@modelyard/core";
import { byMode, type LatencyMode, latencyModes, modeOf } from "./latency-mode.js";
import { PendingCalls } from "./pending-calls.js";

/** A call that waits this many times longer than usual is overdue. */
const patience = 4;
/** No call is overdue sooner than this: a slightly late answer is not worth a higher price. Milliseconds. */
const leastPatienceMs = 1_000;
/** When a call is overdue at a deployment that has not answered yet. Milliseconds. */
const unknownPatienceMs = 10_000;
/** The weight of the latest wait in the usual one. */
const latestWait = 0.2;
/** After a timeout a deployment is passed over for as long as that call had waited, up to this. Milliseconds. */
const mostRestMs = 60_000;

/** One deployment. */
class Watched {
  readonly pending = new PendingCalls();
  /** Milliseconds until an answer; 0: unknown. */
  readonly usualMs: Record<LatencyMode, number> = byMode(() => 0);
  /** Whether a call has timed out since the last answer. */
  timedOut = false;
  /** Until when it is passed over after that. */
  restsUntil = 0;

  constructor(readonly id: string) {}

  answered(mode: LatencyMode, ms: number): void {
    const usual = this.usualMs[mode];
    this.usualMs[mode] = usual === 0 ? ms : usual + (ms - usual) * latestWait;
    this.timedOut = false;
    this.restsUntil = 0;
  }

  overdueAt(): number {
    let overdueAt = Number.POSITIVE_INFINITY;
    for (const mode of latencyModes) {
      const oldest = this.pending.oldest(mode);
      if (oldest === undefined) continue;
      const usual = this.usualMs[mode];
      const waits = usual === 0 ? unknownPatienceMs : Math.max(leastPatienceMs, patience * usual);
      // One call at a time finds out whether it answers again.
      overdueAt = Math.min(overdueAt, oldest.startedAt + (this.timedOut ? 0 : waits));
    }
    return overdueAt;
  }
}

/** Knows which deployments have stopped answering: their oldest call is overdue, or the last one timed out. */
export class AnswerWatch {
  readonly #watched: (Watched | undefined)[] = [];
  /** By index: from when on the oldest call is overdue, and until when it is passed over; milliseconds since the epoch. */
  #overdueAt = new Float64Array(0);
  #restsUntil = new Float64Array(0);
  /** Before this time all of them answer. */
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
          watched.restsUntil = event.at + Math.min(event.durationMs, mostRestMs);
        }
        break;
      case "attempt_aborted":
        pending.end(event);
    }
    this.#overdueAt[index] = watched.overdueAt();
    this.#restsUntil[index] = watched.restsUntil;
    this.#allAnswerUntil =
      watched.restsUntil > event.at ? event.at : Math.min(this.#allAnswerUntil, this.#overdueAt[index]);
  }

  /** Whether all of them answer, as far as is known: usually so, and then nothing more has to be looked at. */
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

  /** Whether it answers, as far as is known. */
  answers({ index, deployment }: Candidate, now: number): boolean {
    if (index >= this.#overdueAt.length) return true;
    if (now < (this.#overdueAt[index] as number) && !this.#rests(index, now)) return true;
    return this.#watched[index]?.id !== deployment.id;
  }

  /** Whether it is left alone. A time further away than any rest lasts means that the clock was set back. */
  #rests(index: number, now: number): boolean {
    const until = this.#restsUntil[index] as number;
    return now < until && until - now <= mostRestMs;
  }

  #of(index: number, id: string): Watched {
    const known = this.#watched[index];
    if (known?.id === id) return known;
    const made = new Watched(id);
    this.#watched[index] = made;
    if (index >= this.#overdueAt.length) {
      const length = Math.max(16, 2 * (index + 1));
      const [overdueAt, restsUntil] = [
        new Float64Array(length).fill(Number.POSITIVE_INFINITY),
        new Float64Array(length),
      ];
      overdueAt.set(this.#overdueAt);
      restsUntil.set(this.#restsUntil);
      this.#overdueAt = overdueAt;
      this.#restsUntil = restsUntil;
    }
    return made;
  }
}
