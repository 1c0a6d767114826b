const newline = 10;
const carriage = 13;

function endsLine(byte: number | undefined): boolean {
  return byte === newline || byte === carriage;
}

/** Collects bytes until an event is whole. Each byte is read and copied once, however the pieces are split. */
export class EventBuffer {
  #bytes: Uint8Array = nothing;
  /** Whether the bytes belong to this buffer, and are not a piece that arrived. */
  #own = false;
  #length = 0;

  /** Bytes that wait for the end of their event. */
  get length(): number {
    return this.#length;
  }

  /** @returns the whole events so far; `undefined` if there are none yet */
  push(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#length === 0) {
      const end = lastEventEnd(chunk, 0);
      // Most pieces are whole events, which are returned as they are.
      if (end === chunk.length) return chunk;
      this.#keep(end === 0 ? chunk : chunk.subarray(end));
      return end === 0 ? undefined : chunk.subarray(0, end);
    }
    const before = this.#length;
    this.#keep(chunk);
    const bytes = this.#bytes.subarray(0, this.#length);
    // An empty line may have begun in the bytes before.
    const end = lastEventEnd(bytes, Math.max(0, before - 3));
    if (end === 0) return undefined;
    this.#bytes = nothing;
    this.#length = 0;
    if (end < bytes.length) this.#keep(bytes.subarray(end));
    return bytes.subarray(0, end);
  }

  /** Returns and removes the rest. */
  take(): Uint8Array | undefined {
    const rest = this.#length === 0 ? undefined : this.#bytes.subarray(0, this.#length);
    this.#bytes = nothing;
    this.#length = 0;
    return rest;
  }

  /** Grows by doubling, so that bytes that arrive one by one are not copied again and again. */
  #keep(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (this.#length === 0) this.#bytes = piece;
    else {
      if (length > this.#bytes.length || !this.#own) {
        const larger = new Uint8Array(Math.max(length, this.#length * 2));
        larger.set(this.#bytes.subarray(0, this.#length));
        this.#bytes = larger;
      }
      this.#bytes.set(piece, this.#length);
    }
    this.#own = this.#length > 0;
    this.#length = length;
  }
}

const nothing = new Uint8Array();

/**
 * The offset after the last empty line, however its lines end; 0 if there is none.
 * @param from - no empty line ends before it
 */
export function lastEventEnd(bytes: Uint8Array, from: number): number {
  for (let index = bytes.length - 1; index > from; index -= 1) {
    const byte = bytes[index];
    if (!endsLine(byte)) continue;
    const start = byte === newline && bytes[index - 1] === carriage ? index - 1 : index;
    if (start > 0 && endsLine(bytes[start - 1])) return index + 1;
  }
  return 0;
}

/** Whether an event has no data: by the standard, it is ignored. */
export function isBlank(data: string): boolean {
  return data === "" || data.trim() === "";
}

/** The data of an event that is written as most are, in one line; `undefined`: it is not. */
export function onlyLine(event: string): string | undefined {
  return event.startsWith("data: ") && !event.includes("\n") ? event.slice(6) : undefined;
}

/**
 * The data of an event that is written as most are: in one line, or in one after its name. `undefined`: it is not, or its name
 * says that it is an error.
 */
export function dataLine(event: string): string | undefined {
  if (!event.startsWith("event: ")) return onlyLine(event);
  const end = event.indexOf("\n");
  return event.startsWith("data: ", end + 1) && !event.includes("\n", end + 1) && !event.startsWith("error\n", 7)
    ? event.slice(end + 7)
    : undefined;
}

/** The `data` of each event. Source: WHATWG HTML, "Server-sent events". */
export function dataOf(text: string): readonly string[] {
  const events = text.includes("\r") ? text.replaceAll(/\r\n?/gu, "\n") : text;
  const found: string[] = [];
  let from = 0;
  while (from < events.length) {
    const end = events.indexOf("\n\n", from);
    const event = end === -1 ? events.slice(from) : events.slice(from, end);
    const data = dataLine(event) ?? dataLines(event);
    if (!isBlank(data)) found.push(data);
    from += event.length + 2;
  }
  return found;
}

/** The data of an event that may be written in any way. */
function dataLines(event: string): string {
  return event
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(line.startsWith("data: ") ? 6 : 5))
    .join("\n");
}
