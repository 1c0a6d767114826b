import type { Clock } from "@modelyard/core";
import type { Timer } from "@modelyard/core/kit";

/**
 * Watches the gaps between a vendor's content. Its clock is paused while the reader is not waiting, so that a slow
 * reader does not count as silence of the vendor. One timer serves all gaps: when it fires, it checks how long the
 * silence was, and arms itself again if needed.
 */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #longestMs: number;
  readonly #onSilence: () => void;
  #timer: Timer = undefined;
  /** When the silence began, shifted by the reader's pauses. */
  #since = 0;
  /** When the reader stopped waiting, or `undefined` while it is waiting. */
  #pausedAt: number | undefined = undefined;

  /** @param longestMs - the longest gap that is allowed, or `Infinity` for no limit */
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

  /** Call it when the reader begins to wait for a part. */
  resume(now: number): void {
    if (this.#pausedAt === undefined) return;
    this.#since = Math.min(now, this.#since + now - this.#pausedAt);
    this.#pausedAt = undefined;
    if (this.#timer === undefined) this.#arm(this.#longestMs - (now - this.#since));
  }

  /**
   * Call it when a part arrives for the reader.
   * @param content - whether the part has content, which ends the silence
   */
  pause(now: number, content: boolean): void {
    if (content) this.#since = now;
    this.#pausedAt = now;
  }

  #arm(ms: number): void {
    if (!Number.isFinite(ms)) return;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      // It is armed again when the reader continues.
      if (this.#pausedAt !== undefined) return;
      // If the clock was set back, the silence must not seem to begin in the future.
      const now = this.#clock.now();
      this.#since = Math.min(this.#since, now);
      const silentMs = now - this.#since;
      if (silentMs < this.#longestMs) this.#arm(this.#longestMs - silentMs);
      else this.#onSilence();
    }, ms);
  }
}
