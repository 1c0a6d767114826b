import type { Clock } from "@modelyard/core";
import type { Timer } from "@modelyard/core/kit";

interface Pending {
  at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** After this many turns of the event loop without a timer, a pending promise is considered stuck. */
const mostIdleTurns = 10_000;

/** Lets everything that is ready run: promises, and what they start. Takes no time on any clock. */
function drain(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * A clock that only moves when a test moves it. Timers fire in the order of their times; timers of the same time fire in
 * the order in which they were set. Everything that one timer starts is finished before the next one fires.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  /** @param startMs - start time in milliseconds since the epoch. @defaultValue 2026-01-01, at the start of a minute */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  /** Number of timers that have not fired or been cleared. */
  get timers(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.#now;
  }

  setTimer(callback: () => void, ms: number): Timer {
    this.#order += 1;
    const pending: Pending = { at: this.#now + Math.max(0, ms), order: this.#order, callback };
    this.#pending.add(pending);
    return pending;
  }

  clearTimer(timer: Timer): void {
    this.#pending.delete(timer as Pending);
  }

  /** Sets the clock forward, or back by a negative number. No time passes: timers fire as much later as before the jump. */
  jump(ms: number): void {
    this.#now += ms;
    for (const pending of this.#pending) pending.at += ms;
  }

  /** Lets `ms` milliseconds pass. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await drain();
    for (let next = this.#next(target); next !== undefined; next = this.#next(target)) {
      this.#now = Math.max(this.#now, next.at);
      this.#pending.delete(next);
      next.callback();
      await drain();
    }
    this.#now = target;
    await drain();
  }

  /**
   * Lets time pass, from timer to timer, until `promise` is settled.
   * @throws what `promise` rejects with, or an error if no timer is left that could settle it
   */
  async until<Value>(promise: Promise<Value>): Promise<Value> {
    const state = { settled: false };
    const watched = promise.finally(() => {
      state.settled = true;
    });
    watched.catch(() => undefined);
    await drain();
    let idle = 0;
    while (!state.settled) {
      const next = this.#next(Number.POSITIVE_INFINITY);
      if (next === undefined) {
        // Work that needs no clock, such as hashing, may still be in progress.
        idle += 1;
        if (idle > mostIdleTurns)
          throw new Error("VirtualClock.until: no timer is left, and the promise is still pending");
        await drain();
        continue;
      }
      idle = 0;
      await this.advance(next.at - this.#now);
    }
    return watched;
  }

  #next(target: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at > target) continue;
      if (first === undefined || pending.at < first.at || (pending.at === first.at && pending.order < first.order))
        first = pending;
    }
    return first;
  }
}
