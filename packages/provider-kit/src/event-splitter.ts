import type { JsonObject, OperationName } from "@modelyard/core";
import { isJsonObject, operations, type StreamPart } from "@modelyard/core/kit";
import type { EventScanner } from "./scanned-stream.js";

/** Longer events are refused, in bytes. The last event of a stream contains the whole answer. */
const longestEvent = 64 * 1024 * 1024;
const decoder = new TextDecoder();
/** The longest part of an empty line that may have arrived before its last byte. */
const longestEnd = 3;
const lineFeed = 10;
const carriageReturn = 13;

/** The position after the last whole event, which an empty line ends. 0: there is none. */
function endOfEvents(bytes: Uint8Array): number {
  for (let index = bytes.length - 1; index > 0; index -= 1) {
    if (bytes[index] !== lineFeed) continue;
    const before = bytes[index - 1] === carriageReturn ? index - 2 : index - 1;
    if (before >= 0 && bytes[before] === lineFeed) return index + 1;
  }
  return 0;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The JSON of the events in a text. What is not an object is skipped. */
function eventsIn(text: string): readonly JsonObject[] {
  return text.split(/\r?\n\r?\n/u).flatMap((event): readonly JsonObject[] => {
    const data = event
      .split(/\r?\n/u)
      .flatMap((line) => (line.startsWith("data:") ? [line.slice(5)] : []))
      .join("\n");
    try {
      const value: unknown = JSON.parse(data);
      return isJsonObject(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

/**
 * Splits a stream of something that is stored at the ends of its events, and passes them on as they are: an event that says that the
 * answer failed is part of the answer.
 */
export class EventSplitter implements EventScanner {
  readonly #operation: OperationName;
  readonly #tooLong: () => Error;
  /** The pieces of the event that has not ended. */
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** Their last bytes, since the empty line may arrive in two pieces. */
  #tail: Uint8Array = new Uint8Array();

  /** @param tooLong - the error for an event that does not end */
  constructor(operation: OperationName, tooLong: () => Error) {
    this.#operation = operation;
    this.#tooLong = tooLong;
  }

  push(chunk: Uint8Array): StreamPart | undefined {
    const near = joined([this.#tail, chunk]);
    const end = endOfEvents(near) - this.#tail.length;
    if (end <= 0) {
      this.#keep(chunk, near);
      return undefined;
    }
    const whole = joined([...this.#pieces, chunk.subarray(0, end)]);
    const rest = chunk.subarray(end);
    this.#forget();
    if (rest.length > 0) this.#keep(rest, rest);
    return this.#part(whole);
  }

  pending(): undefined {
    return undefined;
  }

  flush(): StreamPart | undefined {
    const rest = joined(this.#pieces);
    this.#forget();
    return rest.length === 0 ? undefined : this.#part(rest);
  }

  #keep(piece: Uint8Array, near: Uint8Array): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length > longestEvent) throw this.#tooLong();
    this.#tail = near.slice(-longestEnd);
  }

  #forget(): void {
    this.#pieces = [];
    this.#length = 0;
    this.#tail = new Uint8Array();
  }

  #part(bytes: Uint8Array): StreamPart {
    const { reads } = operations[this.#operation];
    const chunks = eventsIn(decoder.decode(bytes));
    const ends = (event: JsonObject): boolean =>
      (reads.choices(event) ?? []).some((choice) => reads.finishReason(choice) !== undefined);
    const done = chunks.some(ends);
    return {
      chunks: chunks as unknown as StreamPart["chunks"],
      bytes,
      content: true,
      contentLength: 0,
      finished: done ? 1 : 0,
      done,
      usage: undefined,
    };
  }
}
