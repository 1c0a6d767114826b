/** Where a header's line is within a head: begin of its name, its colon, its end; three numbers a header. */
export type HeaderPlaces = readonly number[];

/** Told what an answer consists of, in order. */
export interface AnswerSink {
  /** @param head - status line and headers, each byte a character */
  onHead(status: number, head: string, places: HeaderPlaces): void;
  /** Bytes of the body. They belong to the sink. */
  onBody(bytes: Uint8Array): void;
  /** @param reusable - whether another request may follow on the connection */
  onEnd(reusable: boolean): void;
}

/** The peer does not speak HTTP/1.1. The message quotes nothing. */
export class UnreadableAnswer extends Error {
  override readonly name = "UnreadableAnswer";
  readonly code = "EBADMSG";
}

type Phase = "head" | "length" | "close" | "over" | ChunkedPhase;
type ChunkedPhase =
  | "size"
  | "extension"
  | "sizeEnd"
  | "data"
  | "dataCr"
  | "dataEnd"
  | "trailer"
  | "trailerLine"
  | "last";

/** Longest head, in bytes: as Node's own limit for servers, with room for long cookies. */
const longestHead = 64 * 1024;
/** Longest of what comes with chunks besides data: extensions and trailers, in bytes. */
const longestExtra = 16 * 1024;

const headEnd = Buffer.from("\r\n\r\n");
const newline = 10;
const carriage = 13;
const space = 32;
const tab = 9;
const semicolon = 59;

/**
 * Reads HTTP/1.1 answers as they arrive, one after the other: exactly what RFC 9112 allows a server to send, and
 * nothing else. It keeps nothing of the bytes that it is given: they may be overwritten afterwards.
 */
export class AnswerReader {
  readonly #sink: AnswerSink;
  #phase: Phase = "head";
  /** Of a head that has not come whole. */
  #rest: Buffer | undefined;
  /** Bytes still to come of the body, or of the chunk. */
  #left = 0;
  #digits = 0;
  #extra = 0;
  #reusable = true;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** Whether an answer may begin now, and none of it is here. */
  get fresh(): boolean {
    return this.#phase === "head" && this.#rest === undefined;
  }

  /** Another request goes out: its answer may begin. */
  expect(): void {
    this.#phase = "head";
    this.#rest = undefined;
  }

  /** @throws {@link UnreadableAnswer} */
  read(piece: Buffer): void {
    let bytes = piece;
    while (this.#phase === "head") {
      const begun = this.#readHead(bytes);
      if (begun === undefined) return;
      bytes = begun;
    }
    if (bytes.length === 0) return;
    switch (this.#phase) {
      case "length":
        this.#readLength(bytes);
        break;
      case "close":
        this.#sink.onBody(copyOf(bytes, bytes.length));
        break;
      case "over":
        throw new UnreadableAnswer("there is more than an answer");
      default:
        this.#readChunks(bytes);
    }
  }

  /** The peer ended the connection. @returns whether what it said was whole */
  end(): boolean {
    if (this.#phase !== "close") return this.#phase === "over";
    this.#phase = "over";
    this.#sink.onEnd(false);
    return true;
  }

  /** @returns what follows the head; `undefined` when it is not whole */
  #readHead(piece: Buffer): Buffer | undefined {
    const bytes = this.#rest === undefined ? piece : Buffer.concat([this.#rest, piece]);
    const end = bytes.indexOf(headEnd);
    if (end > longestHead || (end === -1 && bytes.length > longestHead))
      throw new UnreadableAnswer("its head is too long");
    if (end === -1) {
      this.#rest = this.#rest === undefined ? Buffer.from(bytes) : bytes;
      return undefined;
    }
    this.#rest = undefined;
    const head = bytes.toString("latin1", 0, end + 2);
    const status = statusOf(head);
    const places = placesOf(head);
    const following = bytes.subarray(end + headEnd.length);
    // Interim answers are passed over; a switch of protocols was not asked for.
    if (status === 101) throw new UnreadableAnswer("it switches protocols");
    if (status < 200) return following;
    this.#frame(status, head, places);
    this.#sink.onHead(status, head, places);
    if (this.#phase === "length" && this.#left === 0) this.#finish(following.length);
    return following;
  }

  /** How long the body is. Source: RFC 9112, section 6.3. */
  #frame(status: number, head: string, places: HeaderPlaces): void {
    const coding = headerOf(head, places, "transfer-encoding");
    const length = headerOf(head, places, "content-length");
    const connection = headerOf(head, places, "connection")?.toLowerCase();
    this.#reusable = connection === undefined ? head.startsWith("HTTP/1.1") : !/\bclose\b/u.test(connection);
    this.#left = 0;
    if (status === 204 || status === 304) this.#phase = "length";
    else if (coding !== undefined) {
      if (coding.toLowerCase() !== "chunked") throw new UnreadableAnswer("its transfer coding is not known");
      // Two lengths are how answers are smuggled: the coding counts, and the connection is not used again.
      if (length !== undefined) this.#reusable = false;
      this.#phase = "size";
      this.#digits = 0;
      this.#extra = 0;
    } else if (length !== undefined) {
      this.#left = lengthOf(length);
      this.#phase = "length";
    } else {
      this.#reusable = false;
      this.#phase = "close";
    }
  }

  #readLength(bytes: Buffer): void {
    const taken = Math.min(bytes.length, this.#left);
    this.#left -= taken;
    this.#sink.onBody(copyOf(bytes, taken));
    if (this.#left === 0) this.#finish(bytes.length - taken);
  }

  #readChunks(bytes: Buffer): void {
    let from = 0;
    /** Data is moved together within the piece: what arrived together goes on as one. */
    let kept = 0;
    while (from < bytes.length && this.#phase !== "over") {
      if (this.#phase === "data") {
        const taken = Math.min(bytes.length - from, this.#left);
        if (kept !== from) bytes.copyWithin(kept, from, from + taken);
        kept += taken;
        from += taken;
        this.#left -= taken;
        if (this.#left === 0) this.#phase = "dataCr";
      } else {
        this.#step(bytes[from] ?? 0);
        from += 1;
      }
    }
    if (kept > 0) this.#sink.onBody(copyOf(bytes, kept));
    if (this.#phase === "over") this.#finish(bytes.length - from);
  }

  /** One byte of what is around the data of chunks. */
  #step(byte: number): void {
    switch (this.#phase) {
      case "size":
        this.#stepSize(byte);
        break;
      case "extension":
        this.#count();
        if (byte === carriage) this.#phase = "sizeEnd";
        else if (byte === newline) throw new UnreadableAnswer("a chunk's size is not ended well");
        break;
      case "sizeEnd":
        this.#must(byte, newline);
        this.#phase = this.#left === 0 ? "trailer" : "data";
        break;
      case "dataCr":
        this.#must(byte, carriage);
        this.#phase = "dataEnd";
        break;
      case "dataEnd":
        this.#must(byte, newline);
        this.#phase = "size";
        this.#digits = 0;
        break;
      case "trailer":
        this.#count();
        this.#phase = byte === carriage ? "last" : "trailerLine";
        break;
      case "trailerLine":
        this.#count();
        if (byte === newline) this.#phase = "trailer";
        break;
      default:
        this.#must(byte, newline);
        this.#phase = "over";
    }
  }

  #stepSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit !== -1) {
      this.#digits += 1;
      if (this.#digits > 12) throw new UnreadableAnswer("a chunk is too long");
      this.#left = this.#left * 16 + digit;
    } else if (this.#digits === 0) throw new UnreadableAnswer("a chunk has no size");
    else if (byte === carriage) this.#phase = "sizeEnd";
    else if (byte === semicolon || byte === space || byte === tab) this.#phase = "extension";
    else throw new UnreadableAnswer("a chunk's size is no number");
  }

  #must(byte: number, wanted: number): void {
    if (byte !== wanted) throw new UnreadableAnswer("a chunk is not ended well");
  }

  #count(): void {
    this.#extra += 1;
    if (this.#extra > longestExtra) throw new UnreadableAnswer("it has too much beside its chunks");
  }

  /** @param surplus - bytes that follow though nothing was asked for: the connection is not to be trusted */
  #finish(surplus: number): void {
    this.#phase = "over";
    this.#sink.onEnd(this.#reusable && surplus === 0);
  }
}

/** Two of the same name are joined by `, `. @param name - lower case */
export function headerOf(head: string, places: HeaderPlaces, name: string): string | undefined {
  let found: string | undefined;
  for (let index = 0; index < places.length; index += 3) {
    const begin = places[index] ?? 0;
    const colon = places[index + 1] ?? 0;
    if (colon - begin !== name.length || !isName(head, begin, name)) continue;
    const value = head.slice(colon + 1, places[index + 2]).trim();
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}

function isName(head: string, begin: number, name: string): boolean {
  for (let index = 0; index < name.length; index += 1) {
    const code = head.charCodeAt(begin + index);
    if ((code >= 65 && code <= 90 ? code + 32 : code) !== name.charCodeAt(index)) return false;
  }
  return true;
}

function statusOf(head: string): number {
  const status = /^HTTP\/1\.[01] (?<status>[1-9]\d\d)(?: |\r)/u.exec(head)?.groups?.["status"];
  if (status === undefined) throw new UnreadableAnswer("it is no HTTP/1.1");
  return Number(status);
}

function placesOf(head: string): HeaderPlaces {
  const places: number[] = [];
  let at = head.indexOf("\r\n") + 2;
  while (at < head.length) {
    const end = head.indexOf("\r\n", at);
    const colon = head.indexOf(":", at);
    const first = head.charCodeAt(at);
    const last = head.charCodeAt(colon - 1);
    // Lines that go on the next one and blanks before a colon are read differently by different programs.
    if (colon <= at || colon > end || first === space || first === tab || last === space || last === tab) {
      throw new UnreadableAnswer("a header cannot be read");
    }
    places.push(at, colon, end);
    at = end + 2;
  }
  return places;
}

/** Several lengths are fine as long as they are the same. */
function lengthOf(text: string): number {
  const [length = "", ...others] = text.split(/\s*,\s*/u);
  if (!/^\d{1,15}$/u.test(length) || others.some((other) => other !== length)) {
    throw new UnreadableAnswer("its length is no number");
  }
  return Number(length);
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function copyOf(bytes: Buffer, length: number): Buffer {
  return Buffer.from(length === bytes.length ? bytes : bytes.subarray(0, length));
}
