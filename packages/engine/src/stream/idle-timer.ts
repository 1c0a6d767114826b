import type { Clock } from "@modelyard/core";
import type { Timer } from "@modelyard/core/kit";

/**
 * Watches the gaps between a vendor's words. Its clock stands still while nobody reads: a slow reader does not count as silence of
 * the vendor's. One timer serves all gaps: when it fires it looks how long the silence was, and sets itself again.
 */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #longestMs: number;
  readonly #onSilence: () => void;
  #timer: Timer = undefined;
  /** When the silence began, without the reader's pauses. */
  #since = 0;
  /** When the reader stopped reading; `undefined`: it waits for more. */
  #pausedAt: number | undefined = undefined;

  /** @param longestMs - the longest gap; `Infinity`: any */
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

  /** Something came, and goes to the reader. @param content - whether it ends the silence */
  hear(now: number, content: boolean): void {
    if (content) this.#since = now;
    this.#pausedAt = now;
  }

  #arm(ms: number): void {
    if (!Number.isFinite(ms)) return;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      // Set again as soon as somebody reads.
      if (this.#pausedAt !== undefined) return;
      // A clock that was set back must not make the silence endless.
      const now = this.#clock.now();
      this.#since = Math.min(this.#since, now);
      const silentMs = now - this.#since;
      if (silentMs < this.#longestMs) this.#arm(this.#longestMs - silentMs);
      else this.#onSilence();
    }, ms);
  }
}
