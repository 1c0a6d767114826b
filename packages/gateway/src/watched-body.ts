import { RouterError } from "@modelyard/core";
import type { Bytes } from "./http.js";

/**
 * A route's body. If it breaks off it is hung up on, and nobody else would tell why. It is let go of also when nothing
 * was asked of it yet, which a generator around it would not do.
 */
export class WatchedBody implements AsyncIterable<Bytes>, AsyncIterator<Bytes> {
  readonly #body: AsyncIterator<Bytes>;
  readonly #onError: ((fault: unknown) => void) | undefined;

  constructor(body: AsyncIterable<Bytes>, onError: ((fault: unknown) => void) | undefined) {
    this.#body = body[Symbol.asyncIterator]();
    this.#onError = onError;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Bytes>> {
    try {
      return await this.#body.next();
    } catch (thrown) {
      if (!RouterError.isInstance(thrown)) this.#onError?.(thrown);
      throw thrown;
    }
  }

  async return(): Promise<IteratorResult<Bytes>> {
    await this.#body.return?.();
    return { done: true, value: undefined };
  }
}
