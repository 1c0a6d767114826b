import type { Clock, Timer } from "@modelyard/core";

interface Pending {
  at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** So many turns without anything happening mean that nothing will. */
const mostIdleTurns = 10_000;

/** Lets everything that is ready to run, run: promises, and what they start. Takes no time of any clock. */
function drain(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * A clock that moves only when told to. Timers fire in the order of their times, equals in the order in which they were
 * set, and everything that one timer sets off is done before the next one fires.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  /** @param startMs - milliseconds since the epoch. @defaultValue the start of a minute in 2026 */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  /** Timers that have not fired. */
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

  /** The clock is set forward, or back by a negative number: no time passes, and timers fire when they would have fired. */
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
   * Lets time pass until `promise` is settled, from timer to timer.
   * @throws what `promise` throws; an error when it can never settle because no timer is left
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
        // Work beside every clock, such as hashing, may still be going on.
        idle += 1;
        if (idle > mostIdleTurns)
          throw new Error("VirtualClock.until: nothing is left to happen, and the promise is still pending");
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
