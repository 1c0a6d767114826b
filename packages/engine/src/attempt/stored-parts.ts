import { type Cancellation, createProviderError, type StreamPart } from "@modelyard/core/kit";

interface StoredPartsOptions {
  readonly provider: string;
  readonly cancellation: Cancellation;
  /** Turns whatever was thrown into our error. */
  readonly explain: (thrown: unknown) => unknown;
  /** Called once, when nothing more is read. */
  readonly release: () => void;
}

/** The events of something that is stored, as the vendor sends them. Leaving the loop stops the request. */
export class StoredParts implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #parts: AsyncIterator<StreamPart>;
  readonly #options: StoredPartsOptions;
  #whole = false;
  #over = false;

  constructor(parts: AsyncIterable<StreamPart>, options: StoredPartsOptions) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#options = options;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    const { cancellation, explain, provider } = this.#options;
    try {
      if (this.#over) return { done: true, value: undefined };
      const step = await cancellation.race(this.#parts.next());
      if (step.done === true) {
        this.#release();
        if (!this.#whole)
          throw createProviderError({ kind: "stream_interrupted", provider, message: broken(provider) });
      } else if (step.value.done) this.#whole = true;
      return step;
    } catch (thrown) {
      const error = explain(thrown);
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    if (!this.#over) {
      this.#release();
      await this.#parts.return?.();
    }
    return { done: true, value: undefined };
  }

  #release(): void {
    this.#over = true;
    this.#options.release();
  }
}

function broken(provider: string): string {
  return `${provider} ended the stream of a stored answer before its last event. Read it again from the last number that arrived, with starting_after.`;
}
