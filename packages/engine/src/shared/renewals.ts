import type { Clock } from "@modelyard/core";
import type { Timer } from "@modelyard/core/kit";

/** Something in shared state that expires unless it is extended. */
export interface Renewable {
  extend(now: number): void;
}

/**
 * Extends the reservations of running calls in shared state, by one timer for all of them, which only runs while there
 * are any.
 */
export class Renewals {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #held = new Set<Renewable>();
  /** The reservations that existed in the previous round. Only these are extended. */
  #before = new Set<Renewable>();
  #timer: Timer;

  /** @param everyMs - at most half a reservation's time to live, because it is first extended in its second round */
  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  add(held: Renewable): void {
    this.#held.add(held);
    if (this.#held.size === 1) this.#wait();
  }

  delete(held: Renewable): void {
    if (!this.#held.delete(held)) return;
    this.#before.delete(held);
    if (this.#held.size === 0) this.#clock.clearTimer(this.#timer);
  }

  #wait(): void {
    this.#timer = this.#clock.setTimer(() => {
      const now = this.#clock.now();
      for (const held of this.#before) held.extend(now);
      this.#before = new Set(this.#held);
      if (this.#held.size > 0) this.#wait();
    }, this.#everyMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }
}
