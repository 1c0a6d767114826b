import type { Clock } from "@modelyard/core";
import { systemClock, type Timer } from "@modelyard/core/kit";

/** How many questions a worker may leave unanswered in a row. */
const mostUnanswered = 4;

export interface HeartbeatOptions {
  /** How long a worker may be silent. Milliseconds, above 0. */
  readonly limitMs: number;
  /** Sends a question, which a worker that runs answers at once. */
  readonly ask: () => void;
  /** Called once, when the worker has been silent for too long. */
  readonly onSilence: () => void;
  readonly clock?: Clock;
}

/**
 * Notices that a worker does not run any more. It counts questions instead of comparing times: when this process itself was
 * stopped for a while, as on a machine that sleeps, no worker is to blame, and each has a question's time to answer.
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
    this.#ask();
  }

  /** The worker said something. */
  answered(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    this.#clock.clearTimer(this.#timer);
  }

  #ask(): void {
    this.#options.ask();
    this.#timer = this.#clock.setTimer(() => {
      this.#unanswered += 1;
      if (this.#unanswered < mostUnanswered) this.#ask();
      else this.#options.onSilence();
    }, this.#everyMs);
  }
}
