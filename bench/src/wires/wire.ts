/** Pieces of text in a stream, without the events around them. */
export const textEvents = 50;

/** What callers and the upstream server need to speak a wire. */
export interface BenchWire {
  /** What tables call it, at the start of a name and within one. */
  readonly title: string;
  /** The path of its calls, below the base path. */
  readonly path: string;
  /** Headers with the key, as the wire's clients and vendors name them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The fields of a request, other than the model and `stream`. */
  request(prompt: string): object;
  /** A plain answer of about `bytes` bytes. */
  answer(bytes: number): Buffer;
  /** All events of a stream, with {@link textEvents} pieces of text unless another number is given. */
  events(pieces?: number): readonly Buffer[];
}

/**
 * An answer of about `bytes` bytes.
 * @param write - writes the answer with a text
 */
export function ofSize(bytes: number, write: (text: string) => object): Buffer {
  const around = JSON.stringify(write("")).length;
  return Buffer.from(JSON.stringify(write("word ".repeat(Math.max(1, Math.floor((bytes - around) / 5))))));
}

/** The pieces of a streamed text. */
export function piecesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `word${String(index)} `);
}

/** An event with a name, which its data has as its type, too. */
export function namedEvent(data: { readonly type: string }): Buffer {
  return Buffer.from(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
}
