import type { ProviderResult } from "@modelyard/core";
import type { StoredIds, StreamPart } from "@modelyard/core/kit";
import type { Renaming } from "../call/stored-names.js";

type Bytes = Uint8Array | string;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Replaces the vendor's ids in a result by those that the caller knows. Nothing else of it changes. */
export function renameResult(result: ProviderResult, ids: StoredIds, renaming: Renaming): ProviderResult {
  if (result.kind === "stream") return { ...result, parts: new RenamedParts(result.parts, ids, renaming) };
  const value = ids.rename(result.value, renaming.nameOf) as typeof result.value;
  return { ...result, value, bytes: respell(result.bytes, renaming) };
}

/** Replaces the ids in the bytes of an answer that {@link Renaming.nameOf} has named. */
export function respell<Given extends Bytes | undefined>(bytes: Given, renaming: Renaming): Given {
  if (bytes === undefined) return bytes;
  if (typeof bytes === "string") return renaming.respell(bytes) as Given;
  const text = decoder.decode(bytes);
  const renamed = renaming.respell(text);
  return renamed === text ? bytes : (encoder.encode(renamed) as Given);
}

/** A stream with the caller's ids. Leaving it closes the vendor's stream at once, which a generator would not. */
export class RenamedParts implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #parts: AsyncIterator<StreamPart>;
  readonly #ids: StoredIds;
  readonly #renaming: Renaming;

  constructor(parts: AsyncIterable<StreamPart>, ids: StoredIds, renaming: Renaming) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#ids = ids;
    this.#renaming = renaming;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    const step = await this.#parts.next();
    return step.done === true ? step : { done: false, value: new RenamedPart(step.value, this.#ids, this.#renaming) };
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    await this.#parts.return?.();
    return { done: true, value: undefined };
  }
}

/** Parses its events only if they may contain new ids, or if somebody reads them. */
class RenamedPart implements StreamPart {
  readonly bytes: Uint8Array | undefined;
  readonly content: boolean;
  readonly contentLength: number | undefined;
  readonly finished: number;
  readonly finishReasons: readonly string[] | undefined;
  readonly done: boolean;
  readonly usage: StreamPart["usage"];
  readonly #part: StreamPart;
  readonly #ids: StoredIds;
  readonly #renaming: Renaming;
  #chunks: StreamPart["chunks"] | undefined;

  constructor(part: StreamPart, ids: StoredIds, renaming: Renaming) {
    this.#part = part;
    this.#ids = ids;
    this.#renaming = renaming;
    this.content = part.content;
    this.contentLength = part.contentLength;
    this.finished = part.finished;
    this.finishReasons = part.finishReasons;
    this.done = part.done;
    this.usage = part.usage;
    this.bytes = part.bytes === undefined ? undefined : this.#respelled(part.bytes);
  }

  get chunks(): StreamPart["chunks"] {
    this.#chunks ??= this.#part.chunks.map(
      (chunk) => this.#ids.rename(chunk, this.#renaming.nameOf) as unknown as typeof chunk,
    );
    return this.#chunks;
  }

  #respelled(bytes: Uint8Array): Uint8Array {
    const text = decoder.decode(bytes);
    // Reading the events names the ids in them.
    if (this.#ids.introducing.test(text)) void this.chunks;
    const renamed = this.#renaming.respell(text);
    return renamed === text ? bytes : encoder.encode(renamed);
  }
}
