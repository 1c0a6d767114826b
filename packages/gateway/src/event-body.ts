import type { Trail } from "@modelyard/core";
import type { Bytes, StreamOutcome, StreamPart, StreamWriter } from "@modelyard/core/kit";
import { toRouterError } from "./answers.js";
import { continuedTrailer } from "./headers.js";
import { type AnswerEnding, release } from "./http.js";
import type { FaultLog } from "./services.js";

/**
 * A stream as its surface writes it. Only a complete answer ends with the surface's end mark. If the stream breaks, the
 * failure is written into it, and it ends without the mark.
 */
export class EventBody implements AsyncIterable<Bytes>, AsyncIterator<Bytes>, AnswerEnding {
  readonly #parts: AsyncIterator<StreamPart>;
  readonly #trail: Trail;
  readonly #writer: StreamWriter;
  readonly #faults: FaultLog;
  #over = false;

  /** @param faults - receives what the writer throws */
  constructor({ parts, trail }: StreamOutcome, writer: StreamWriter, faults: FaultLog) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#trail = trail;
    this.#writer = writer;
    this.#faults = faults;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Bytes>> {
    while (!this.#over) {
      let result: IteratorResult<StreamPart>;
      try {
        result = await this.#parts.next();
      } catch (thrown) {
        return this.#broken(thrown);
      }
      const bytes = this.#written(result);
      if (bytes !== undefined && bytes.length > 0) return { done: false, value: bytes };
    }
    return { done: true, value: undefined };
  }

  trailers(): Readonly<Record<string, string>> | undefined {
    return continuedTrailer(this.#trail);
  }

  async return(): Promise<IteratorResult<Bytes>> {
    this.#over = true;
    await this.#parts.return?.();
    return { done: true, value: undefined };
  }

  #written(result: IteratorResult<StreamPart>): Bytes | undefined {
    try {
      if (result.done !== true) return this.#writer.part(result.value);
      this.#over = true;
      return this.#writer.end(this.#trail);
    } catch (fault) {
      this.#faults.report(fault);
      void release(this.#parts);
      return this.#broken(fault).value;
    }
  }

  /** @throws what broke the stream, if the wire has no way to report it: then the connection is closed */
  #broken(thrown: unknown): { done: false; value: Bytes } {
    this.#over = true;
    let value: Bytes | undefined;
    try {
      value = this.#writer.error(toRouterError(thrown));
    } catch (fault) {
      this.#faults.report(fault);
    }
    if (value === undefined) throw thrown;
    return { done: false, value };
  }
}
