import { RouterError } from "@modelyard/core";
import type { Bytes } from "@modelyard/core/kit";

/**
 * The body of a custom route. If it fails, the connection is closed, and the reason is reported here. Unlike a generator
 * around the body, this also releases a body of which nothing was read.
 */
export class WatchedBody implements AsyncIterable<Bytes>, AsyncIterator<Bytes> {
  readonly #body: AsyncIterator<Bytes>;
  readonly #report: (fault: unknown) => void;

  constructor(body: AsyncIterable<Bytes>, report: (fault: unknown) => void) {
    this.#body = body[Symbol.asyncIterator]();
    this.#report = report;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Bytes>> {
    try {
      return await this.#body.next();
    } catch (thrown) {
      if (!RouterError.isInstance(thrown)) this.#report(thrown);
      throw thrown;
    }
  }

  async return(): Promise<IteratorResult<Bytes>> {
    await this.#body.return?.();
    return { done: true, value: undefined };
  }
}
