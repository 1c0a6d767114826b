import type { Clock } from "@modelyard/core";
import type { Timer } from "@modelyard/core/kit";

/** What must be told to live on. */
export interface Renewable {
  extend(now: number): void;
}

/**
 * Keeps what calls hold in shared state alive while they last, plain or streamed: one timer for all of them, and none
 * while nothing is held.
 */
export class Renewals {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #held = new Set<Renewable>();
  /** Held at the last round: those are old enough. */
  #before = new Set<Renewable>();
  #timer: Timer;

  /** @param everyMs - at most half of how long a reservation lives: it is renewed in its second round at the latest */
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
