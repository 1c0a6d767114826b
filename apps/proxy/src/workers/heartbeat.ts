import type { Clock } from "@modelyard/core";
import { systemClock, type Timer } from "@modelyard/core/kit";

/** How many pings in a row a worker may leave unanswered. */
const mostUnanswered = 4;

export interface HeartbeatOptions {
  /** A worker that does not respond for this long counts as hanging. Milliseconds, above 0. */
  readonly limitMs: number;
  /** Sends a ping, which a healthy worker answers at once. */
  readonly ping: () => void;
  /** Called once, if the worker has not responded for too long. */
  readonly onSilence: () => void;
  readonly clock?: Clock;
}

/**
 * Detects that a worker hangs. It counts unanswered pings instead of comparing times, so that workers are not blamed if
 * this process itself was stopped for a while, e.g. because the machine slept.
 */
export class Heartbeat {
  readonly #everyMs: number;
  readonly #options: HeartbeatOptions;
  readonly #clock: Clock;
  #timer: Timer;
  #unanswered = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#everyMs = options.limitMs / mostUnanswered;
    this.#ping();
  }

  /** Call it for every message of the worker. */
  answered(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    this.#clock.clearTimer(this.#timer);
  }

  #ping(): void {
    this.#options.ping();
    this.#timer = this.#clock.setTimer(() => {
      this.#unanswered += 1;
      if (this.#unanswered < mostUnanswered) this.#ping();
      else this.#options.onSilence();
    }, this.#everyMs);
  }
}
