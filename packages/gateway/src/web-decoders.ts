import { type Cancellation, joinInTurns, nextTurn } from "@modelyard/core/kit";
import { damaged, decodedTooLarge } from "./body-errors.js";
import type { Decoder, Decoders } from "./http.js";

type Check = new () => { add(piece: Uint8Array): void; matches(bytes: Uint8Array): boolean };

interface Format {
  readonly encoding: string;
  /**
   * How many bytes are decoded at once. Some platforms decode everything that they are given in one turn of the event
   * loop, so these bytes must not be able to become more than 8 MB.
   */
  readonly slice: number;
  readonly Check?: Check;
}

function uint32(bytes: Uint8Array, littleEndian: boolean): number | undefined {
  if (bytes.length < 4) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, littleEndian);
}

/** The length at the end of gzip data. Node 22 ignores what follows it. */
class GzipLength {
  #length = 0;

  add(piece: Uint8Array): void {
    this.#length += piece.length;
  }

  matches(bytes: Uint8Array): boolean {
    return uint32(bytes, true) === this.#length % 2 ** 32;
  }
}

/** So many bytes can be added up before the sums have to be reduced. */
const adlerBlock = 3_800;
const adlerModulus = 65_521;

/**
 * The checksum at the end of zlib data (RFC 1950, Adler-32). Deno does not check it and takes data that ends early, and
 * Node 22 ignores what follows it.
 */
class ZlibChecksum {
  #low = 1;
  #high = 0;

  add(piece: Uint8Array): void {
    let low = this.#low;
    let high = this.#high;
    for (let from = 0; from < piece.length; from += adlerBlock) {
      const end = Math.min(from + adlerBlock, piece.length);
      for (let index = from; index < end; index += 1) {
        low += piece[index] ?? 0;
        high += low;
      }
      low %= adlerModulus;
      high %= adlerModulus;
    }
    this.#low = low;
    this.#high = high;
  }

  matches(bytes: Uint8Array): boolean {
    return uint32(bytes, false) === this.#high * 2 ** 16 + this.#low;
  }
}

/**
 * What `DecompressionStream` may offer, with the largest factors by which it can grow: 1,032 for gzip and deflate, 32,768
 * for zstd. Brotli is missing because 16 bytes of it can become 16 MB, and a body cannot be decoded in even smaller slices.
 */
const formats: readonly Format[] = [
  { encoding: "gzip", slice: 2_048, Check: GzipLength },
  { encoding: "deflate", slice: 2_048, Check: ZlibChecksum },
  { encoding: "zstd", slice: 256 },
];

/** Bytes, before and after decoding, that are handled in one turn of the event loop. */
const bytesATurn = 256 * 1024;

function ignore(): void {
  // The stream has failed already.
}

/** Decodes one body. */
class Decoding {
  readonly #bytes: Uint8Array;
  readonly #format: Format;
  readonly #cancellation: Cancellation;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #at = 0;
  /** Bytes that were handled in this turn of the event loop. */
  #handled = 0;

  constructor(bytes: Uint8Array, format: Format, cancellation: Cancellation) {
    this.#bytes = bytes;
    this.#cancellation = cancellation;
    this.#format = format;
    const source = new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#feed(controller) },
      { highWaterMark: 0 },
    );
    this.#reader = source.pipeThrough(decompressor(format.encoding)).getReader();
  }

  cancel(): void {
    this.#reader.cancel().catch(ignore);
  }

  async run(limit: number): Promise<Uint8Array> {
    const { Check, encoding } = this.#format;
    const check = Check === undefined ? undefined : new Check();
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (let piece = await this.#read(); piece !== undefined; piece = await this.#read()) {
      size += piece.length;
      if (size > limit) throw decodedTooLarge(limit);
      pieces.push(piece);
      check?.add(piece);
      this.#handled += piece.length;
    }
    if (check?.matches(this.#bytes) === false) throw damaged(encoding, problem);
    return joinInTurns(pieces);
  }

  async #read(): Promise<Uint8Array | undefined> {
    let piece: Uint8Array | undefined;
    try {
      piece = (await this.#reader.read()).value;
    } catch {
      throw damaged(this.#format.encoding, problem);
    }
    // A cancelled stream ends early.
    this.#cancellation.throwIfCancelled();
    return piece;
  }

  async #feed(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#handled >= bytesATurn) {
      this.#handled = 0;
      await nextTurn();
    }
    if (this.#at >= this.#bytes.length) {
      controller.close();
      return;
    }
    const end = this.#at + this.#format.slice;
    controller.enqueue(this.#bytes.subarray(this.#at, end));
    this.#handled += this.#format.slice;
    this.#at = end;
  }
}

/** The platforms' messages differ, and most of them do not say which of these it is. */
const problem = "it is damaged, ends early, or is followed by other bytes.";

/** @throws TypeError if the platform does not know the format */
function decompressor(encoding: string): TransformStream<Uint8Array, Uint8Array> {
  return new DecompressionStream(encoding as CompressionFormat) as TransformStream<Uint8Array, Uint8Array>;
}

function decoderOf(format: Format): Decoder {
  return async (bytes: Uint8Array, limit: number, cancellation: Cancellation) => {
    const decoding = new Decoding(bytes, format, cancellation);
    cancellation.add(decoding);
    try {
      return await decoding.run(limit);
    } finally {
      cancellation.remove(decoding);
      decoding.cancel();
    }
  };
}

function isOffered({ encoding }: Format): boolean {
  try {
    decompressor(encoding);
    return true;
  } catch {
    return false;
  }
}

let decoders: Decoders | undefined;

/** Decoders for what the platform's `DecompressionStream` offers. They are created on first use. */
export function webDecoders(): Decoders {
  decoders ??= new Map(formats.filter(isOffered).map((format) => [format.encoding, decoderOf(format)]));
  return decoders;
}
