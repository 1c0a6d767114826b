import type { Clock } from "@modelyard/core";
import type { Timer } from "@modelyard/core/kit";

/** Something that must be renewed. */
export interface Renewable {
  extend(now: number): void;
}

/**
 * Renews the reservations of running calls in shared state, with one timer for all of them, and none while there are no
 * reservations.
 */
export class Renewals {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #held = new Set<Renewable>();
  /** Reservations that existed in the last round, which are old enough to be renewed. */
  #before = new Set<Renewable>();
  #timer: Timer;

  /** @param everyMs - at most half of a reservation's lifetime, since it may be renewed only in its second round */
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
