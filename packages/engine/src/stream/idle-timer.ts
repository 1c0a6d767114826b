import type { Clock } from "@modelyard/core";
import type { Timer } from "@modelyard/core/kit";

/**
 * Limits the gaps in a vendor's stream. Its clock stands still while nobody reads, so that a slow reader does not count
 * as a silent vendor. One timer serves all gaps: when it fires, it checks how long the silence was, and is set again.
 */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #longestMs: number;
  readonly #onSilence: () => void;
  #timer: Timer = undefined;
  /** When the silence began, without the reader's pauses. */
  #since = 0;
  /** When the reader stopped reading; not set while it waits for more. */
  #pausedAt: number | undefined = undefined;

  /** @param longestMs - the longest gap; `Infinity` for no limit */
  constructor(clock: Clock, longestMs: number, onSilence: () => void) {
    this.#clock = clock;
    this.#longestMs = longestMs;
    this.#onSilence = onSilence;
  }

  start(now: number): void {
    this.#since = now;
    this.#pausedAt = now;
  }

  stop(): void {
    if (this.#timer === undefined) return;
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  /** The reader wants more. */
  ask(now: number): void {
    if (this.#pausedAt === undefined) return;
    this.#since = Math.min(now, this.#since + now - this.#pausedAt);
    this.#pausedAt = undefined;
    if (this.#timer === undefined) this.#arm(this.#longestMs - (now - this.#since));
  }

  /** Something arrived, and is passed to the reader. @param content - whether it ends the silence */
  hear(now: number, content: boolean): void {
    if (content) this.#since = now;
    this.#pausedAt = now;
  }

  #arm(ms: number): void {
    if (!Number.isFinite(ms)) return;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      // It is set again at the next read.
      if (this.#pausedAt !== undefined) return;
      // If the clock was set back, the silence must still end.
      const now = this.#clock.now();
      this.#since = Math.min(this.#since, now);
      const silentMs = now - this.#since;
      if (silentMs < this.#longestMs) this.#arm(this.#longestMs - silentMs);
      else this.#onSilence();
    }, ms);
  }
}
