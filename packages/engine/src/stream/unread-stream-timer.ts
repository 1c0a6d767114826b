import type { RouterError } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import { settings } from "@modelyard/core/settings";
import type { Attempt } from "../attempt/attempt.js";

/**
 * Limits how long a stream waits for its reader, since it may have been dropped. It uses the timer that waited for the
 * first content (docs/internals.md, "One timer, one clock"). If there is a total limit, that one's timer continues
 * instead.
 */
export class UnreadStreamTimer {
  readonly #attempt: Attempt;
  readonly #onEnd: (error: RouterError) => void;
  /** How long it waits: as long as the stream may be silent, but at least ten minutes. */
  readonly #ms: number;
  /** Since when there has been something to read. */
  #since: number | undefined = undefined;
  #stopped = false;
  readonly #onTime = (): void => {
    const { clock } = this.#attempt.call.services;
    const left = this.#since === undefined ? this.#ms : this.#since + this.#ms - clock.now();
    if (left > 0) this.#attempt.divert(this.#onTime, Math.min(left, this.#ms));
    else this.#end();
  };

  constructor(attempt: Attempt, onEnd: (error: RouterError) => void) {
    this.#attempt = attempt;
    this.#onEnd = onEnd;
    this.#ms = Math.max(attempt.timeouts.idleMs ?? 0, settings.timeoutMs.default);
  }

  /** Takes over the attempt's timer, unless reading has begun. */
  start(): void {
    if (this.#stopped) return;
    if (Number.isFinite(this.#ms)) this.#attempt.divert(this.#onTime, this.#ms);
    else this.#attempt.disarm();
  }

  /** There is something to read. */
  offer(): void {
    this.#since = this.#attempt.call.services.clock.now();
  }

  /** The stream is being read, or will not be read any more. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#attempt.undivert();
  }

  #end(): void {
    const minutes = String(Math.round(this.#ms / 60_000));
    const message = `Nobody began to read this stream within ${minutes} minutes. Read a stream, or leave it by return() or a signal.`;
    this.#onEnd(createError({ kind: "aborted", message }));
  }
}
