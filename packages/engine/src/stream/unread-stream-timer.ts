import type { RouterError } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import { settings } from "@modelyard/core/settings";
import type { Attempt } from "../attempt/attempt.js";

/**
 * Ends a stream that is never read, because its reader may have abandoned it. It reuses the attempt's timer for the
 * first content, so that it needs none of its own. If there is a total limit, that limit's timer is kept instead.
 */
export class UnreadStreamTimer {
  readonly #attempt: Attempt;
  readonly #onEnd: (error: RouterError) => void;
  /** How long to wait for a reader: as long as the vendor may be silent, but at least ten minutes. */
  readonly #ms: number;
  /** The time since which there is something to read. */
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

  /** Takes over the attempt's timer, unless the stream is being read already. */
  start(): void {
    if (this.#stopped) return;
    if (Number.isFinite(this.#ms)) this.#attempt.divert(this.#onTime, this.#ms);
    else this.#attempt.disarm();
  }

  /** Call it when there is something to read. */
  offer(): void {
    this.#since = this.#attempt.call.services.clock.now();
  }

  /** Call it when the stream is read or has ended. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#attempt.undivert();
  }

  #end(): void {
    const minutes = String(Math.round(this.#ms / 60_000));
    const message = `This stream was not read within ${minutes} minutes. Read every stream, or end it by return() or an abort signal.`;
    this.#onEnd(createError({ kind: "aborted", message }));
  }
}
