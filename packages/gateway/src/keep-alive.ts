import type { Clock, Timer } from "@modelyard/core";
import type { Bytes } from "./http.js";

/** A comment, which every reader of events skips. */
const ping = ": ping\n\n";

/**
 * A stream of events with comments in its silences, so that nobody on the way takes a vendor that thinks for a
 * connection that is dead. Comments come between events, never within one.
 */
export class KeepAlive implements AsyncIterable<Bytes>, AsyncIterator<Bytes> {
  readonly #events: AsyncIterator<Bytes>;
  readonly #clock: Clock;
  readonly #everyMs: number;
  /** What the events were asked for and have not given yet. */
  #pending: Promise<IteratorResult<Bytes>> | undefined;

  constructor(events: AsyncIterable<Bytes>, clock: Clock, everyMs: number) {
    this.#events = events[Symbol.asyncIterator]();
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Bytes>> {
    this.#pending ??= this.#events.next();
    let timer: Timer = undefined;
    const silence = new Promise<undefined>((resolve) => {
      timer = this.#clock.setTimer(() => {
        resolve(undefined);
      }, this.#everyMs);
    });
    try {
      const result = await Promise.race([this.#pending, silence]);
      if (result === undefined) return { done: false, value: ping };
      this.#pending = undefined;
      return result;
    } finally {
      this.#clock.clearTimer(timer);
    }
  }

  async return(): Promise<IteratorResult<Bytes>> {
    await this.#events.return?.();
    return { done: true, value: undefined };
  }
}
