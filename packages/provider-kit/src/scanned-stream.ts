import type { StreamPart, TransportResponse } from "@modelyard/core/kit";
import { beginsWithEvent, StreamOpening } from "./stream-opening.js";

/** Reads the bytes of an event stream. */
export interface EventScanner {
  /**
   * Takes bytes as they arrive, however they are split.
   * @returns the whole events so far; `undefined` if there are none yet
   * @throws a provider error for an error event or an unreadable one
   */
  push(chunk: Uint8Array): StreamPart | undefined;
  /**
   * The events that arrived together with the last part and come after it.
   * @throws an error in them, since the events before it have been returned
   */
  pending(): StreamPart | undefined;
  /** The rest after the last whole event, at the end of the stream. */
  flush(): StreamPart | undefined;
}

export interface ScannedStreamOptions {
  readonly response: TransportResponse;
  readonly scanner: EventScanner;
  /** Turns whatever was thrown into our error. */
  readonly explain: (thrown: unknown) => unknown;
  /** The error for a body that is not an event stream, from its beginning. */
  readonly wrong: (text: string) => unknown;
}

/** The parts of a response as they arrive. Each piece costs one object and one wait; a generator would cost more. */
export class ScannedStream implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #options: ScannedStreamOptions;
  readonly #body: AsyncIterator<Uint8Array>;
  /** Whether the body is known to be an event stream. */
  #begun = false;
  /** Set while the kind of a body that does not begin as usual is unknown. */
  #opening: StreamOpening | undefined;
  #over = false;

  constructor(options: ScannedStreamOptions) {
    this.#options = options;
    this.#body = options.response.body()[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    const { scanner, explain } = this.#options;
    try {
      const pending = scanner.pending();
      if (pending !== undefined) return this.#give(pending);
      while (!this.#over) {
        const result = await this.#body.next();
        if (!this.#begun && !this.#begins(result)) {
          const first = await this.#open(result.value as Uint8Array | undefined);
          if (first !== undefined) return this.#give(first);
          continue;
        }
        const part = result.done === true ? scanner.flush() : scanner.push(result.value);
        if (result.done === true) this.#over = true;
        if (part !== undefined) return this.#give(part);
      }
      return { done: true, value: undefined };
    } catch (thrown) {
      this.#over = true;
      this.#options.response.discard();
      throw explain(thrown);
    }
  }

  #begins({ done, value }: IteratorResult<Uint8Array>): boolean {
    this.#begun = done !== true && this.#opening === undefined && beginsWithEvent(value);
    return this.#begun;
  }

  /** @returns the first part, once enough has come for one. @throws if the body is not an event stream */
  async #open(piece: Uint8Array | undefined): Promise<StreamPart | undefined> {
    const opening = (this.#opening ??= new StreamOpening(this.#options.response));
    const start = opening.take(piece);
    if (start === "wrong") throw this.#options.wrong(await opening.text(this.#body)) as Error;
    if (piece === undefined) this.#over = true;
    if (start === undefined) return undefined;
    this.#opening = undefined;
    this.#begun = true;
    return this.#options.scanner.push(start) ?? (this.#over ? this.#options.scanner.flush() : undefined);
  }

  #give(part: StreamPart): IteratorResult<StreamPart> {
    if (part.done) this.#finish();
    return { done: false, value: part };
  }

  /** The vendor has sent its end mark. Its connection can be used again once the body ends. */
  #finish(): void {
    this.#over = true;
    const { response } = this.#options;
    if (response.finish === undefined) response.discard();
    else response.finish();
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    // A stream that is over has already released its connection.
    if (!this.#over) {
      this.#over = true;
      await this.#body.return?.();
    }
    return { done: true, value: undefined };
  }
}
