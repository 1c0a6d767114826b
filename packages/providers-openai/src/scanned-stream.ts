import type { StreamPart, TransportResponse } from "@modelyard/core";
import type { SseScanner } from "./sse-scanner.js";

export interface ScannedStreamOptions {
  readonly response: TransportResponse;
  readonly scanner: SseScanner;
  /** Makes an error of ours of whatever was thrown. */
  readonly explain: (thrown: unknown) => unknown;
  /** What is wrong with a body that is no event stream; `undefined`: it is one. */
  readonly wrong: (() => Promise<unknown>) | undefined;
}

/** The parts of a response as they arrive. One object and one wait per piece of the network: no generators on the way. */
export class ScannedStream implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #options: ScannedStreamOptions;
  readonly #body: AsyncIterator<Uint8Array> | undefined;
  #over = false;

  constructor(options: ScannedStreamOptions) {
    this.#options = options;
    this.#body = options.wrong === undefined ? options.response.body()[Symbol.asyncIterator]() : undefined;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    const { scanner, wrong, explain } = this.#options;
    try {
      const pending = scanner.pending();
      if (pending !== undefined) return this.#give(pending);
      while (!this.#over && this.#body !== undefined) {
        const result = await this.#body.next();
        const part = result.done === true ? scanner.flush() : scanner.push(result.value);
        if (result.done === true) this.#over = true;
        if (part !== undefined) return this.#give(part);
      }
      if (wrong !== undefined && !this.#over) throw await wrong();
      return { done: true, value: undefined };
    } catch (thrown) {
      this.#over = true;
      this.#options.response.discard();
      throw explain(thrown);
    }
  }

  #give(part: StreamPart): IteratorResult<StreamPart> {
    if (part.done) this.#finish();
    return { done: false, value: part };
  }

  /** The vendor has said all; its connection is good for the next call once the answer ends. */
  #finish(): void {
    this.#over = true;
    const { response } = this.#options;
    if (response.finish === undefined) response.discard();
    else response.finish();
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    // What is over is let go of already, in the way that suits its end.
    if (!this.#over) {
      this.#over = true;
      await this.#body?.return?.();
    }
    return { done: true, value: undefined };
  }
}
