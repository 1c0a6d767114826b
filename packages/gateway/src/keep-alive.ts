import type { Clock } from "@modelyard/core";
import type { Bytes, Timer } from "@modelyard/core/kit";

export interface KeepAliveOptions {
  readonly clock: Clock;
  /** How long a silence lasts before a ping is sent, in milliseconds. */
  readonly everyMs: number;
  readonly ping: Bytes;
}

/**
 * A stream with pings while it is silent, so that no proxy on the way closes the connection while the vendor thinks.
 * Pings are sent between the pieces of the stream, never inside one.
 */
export class KeepAlive implements AsyncIterable<Bytes>, AsyncIterator<Bytes> {
  readonly #pieces: AsyncIterator<Bytes>;
  readonly #options: KeepAliveOptions;
  /** The next piece, if it was asked for and has not arrived. */
  #pending: Promise<IteratorResult<Bytes>> | undefined;

  constructor(pieces: AsyncIterable<Bytes>, options: KeepAliveOptions) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#options = options;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Bytes>> {
    const { clock, everyMs, ping } = this.#options;
    this.#pending ??= this.#pieces.next();
    let timer: Timer = undefined;
    const silence = new Promise<undefined>((resolve) => {
      timer = clock.setTimer(() => {
        resolve(undefined);
      }, everyMs);
    });
    try {
      const result = await Promise.race([this.#pending, silence]);
      if (result === undefined) return { done: false, value: ping };
      this.#pending = undefined;
      return result;
    } finally {
      clock.clearTimer(timer);
    }
  }

  async return(): Promise<IteratorResult<Bytes>> {
    await this.#pieces.return?.();
    return { done: true, value: undefined };
  }
}
