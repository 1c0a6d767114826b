import { joinInTurns } from "./long-bytes.js";
import { nextTurn } from "./next-turn.js";
import type { JsonObject } from "./json.js";
import { canonicalJson } from "./stable-id.js";
import { toJson, unwritable } from "./to-json.js";

/** Characters of a piece, after which others get their turn. */
const pieceLength = 256 * 1024;
/** Values of a piece; each takes 100 to 200 ns. */
const pieceValues = 16_384;
/** Characters that a value counts for besides its own, so that many short ones are as long as one long string. */
const perValue = pieceLength / pieceValues;
/**
 * Characters of a part that is written in one go, which is four times as fast. Longer ones cost a look of this length
 * each, however they are nested.
 */
const shortLength = 512;
/** Deeper data refers to itself: bodies that come over HTTP are flatter. */
const deepest = 1_000;

const encoder = new TextEncoder();

/** A list or an object that is being written. */
interface OpenContainer {
  readonly value: Readonly<Record<string | number, unknown>>;
  /** Not set: a list. */
  readonly keys: readonly string[] | undefined;
  readonly length: number;
  next: number;
  /** Whether something of it was written. */
  begun: boolean;
}

/**
 * Writes data as JSON in pieces, each of which takes about two milliseconds. Together they are what `JSON.stringify`
 * returns, or `canonicalJson` where keys are sorted.
 */
export class JsonWriter {
  readonly #sorted: boolean;
  readonly #open: OpenContainer[] = [];
  #text = "";
  #values = 0;
  /** A long string that is being written, and the place up to which it is. */
  #string: string | undefined = undefined;
  #stringAt = 0;
  #done = false;

  /** @param sorted - whether keys are sorted, so that the same data is written as the same text */
  constructor(value: unknown, sorted = false) {
    this.#sorted = sorted;
    this.#write(value);
  }

  /**
   * @returns `undefined` after the last piece
   * @throws `RangeError` for data that refers to itself, `TypeError` for what JSON does not have
   */
  next(): string | undefined {
    if (this.#done) return undefined;
    while (this.#text.length < pieceLength && this.#values < pieceValues) {
      if (this.#string !== undefined) this.#goOn(this.#string);
      else if (this.#open.length > 0) this.#step(this.#open.at(-1) as OpenContainer);
      else {
        this.#done = true;
        break;
      }
    }
    const piece = this.#text;
    this.#text = "";
    this.#values = 0;
    return piece;
  }

  /** The next item of a list or member of an object, or its end. */
  #step(open: OpenContainer): void {
    if (open.next === open.length) {
      this.#text += open.keys === undefined ? "]" : "}";
      this.#open.pop();
      return;
    }
    const key = open.keys?.[open.next] ?? open.next;
    const value = open.value[key];
    open.next += 1;
    this.#values += 1;
    if (typeof key === "string" && isLeftOut(value)) return;
    if (open.begun) this.#text += ",";
    open.begun = true;
    if (typeof key === "string") this.#text += `${JSON.stringify(key)}:`;
    this.#write(value);
  }

  #write(value: unknown): void {
    if (typeof value === "string" && value.length > pieceLength) {
      this.#text += '"';
      this.#string = value;
      this.#stringAt = 0;
    } else if (typeof value !== "object" || value === null || !isPlain(value) || isShort(value)) {
      const text = this.#sorted ? canonicalJson(value) : (JSON.stringify(value) as string | undefined);
      this.#text += text ?? "null";
      // Several values may be in it.
      if (typeof value === "object") this.#values += 8;
    } else this.#enter(value);
  }

  #enter(value: object): void {
    if (this.#open.length >= deepest) throw new RangeError("the data is nested too deeply");
    const keys = Array.isArray(value) ? undefined : Object.keys(value);
    this.#text += keys === undefined ? "[" : "{";
    this.#open.push({
      value: value as OpenContainer["value"],
      keys: this.#sorted ? keys?.toSorted() : keys,
      length: keys === undefined ? (value as readonly unknown[]).length : keys.length,
      next: 0,
      begun: false,
    });
  }

  #goOn(text: string): void {
    let end = Math.min(this.#stringAt + pieceLength, text.length);
    // Both halves of a character stay together: written apart they would become escapes.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    this.#text += JSON.stringify(text.slice(this.#stringAt, end)).slice(1, -1);
    this.#stringAt = end;
    if (end < text.length) return;
    this.#text += '"';
    this.#string = undefined;
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd8_00 && code <= 0xdb_ff;
}

function isLeftOut(value: unknown): boolean {
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}

/** Whether a value is written as its own items or members: not a date, for example. */
function isPlain(value: object): boolean {
  if (typeof (value as { readonly toJSON?: unknown }).toJSON === "function") return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether writing data takes more than a few milliseconds; costs a bounded look. */
export function isLong(value: unknown): boolean {
  return lengthLeft(value, pieceLength) < 0;
}

function isShort(value: object): boolean {
  return lengthLeft(value, shortLength) >= 0;
}

/** The number of characters that remain after the value. Below 0: the value is longer. */
function lengthLeft(value: unknown, length: number): number {
  if (typeof value === "string") return length - perValue - value.length;
  if (typeof value !== "object" || value === null) return length - perValue;
  let left = length - perValue;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && left >= 0; index += 1) left = lengthLeft(value[index], left);
    return left;
  }
  for (const key in value) {
    if (left < 0) return left;
    left = lengthLeft((value as Readonly<Record<string, unknown>>)[key], left - key.length);
  }
  return left;
}

/**
 * A request as JSON. A long one is written in several turns of the event loop, and returned as bytes.
 * @throws (or rejects with) `invalid_request` for one that JSON cannot say
 */
export function requestJson(request: JsonObject): string | Promise<Uint8Array> {
  return isLong(request) ? writeRequest(request) : toJson(request);
}

async function writeRequest(request: JsonObject): Promise<Uint8Array> {
  try {
    return await writeJson(request);
  } catch (cause) {
    throw unwritable(cause);
  }
}

/**
 * Data as the bytes of its JSON, written in several turns of the event loop.
 * @throws (rejects with) `RangeError` for data that refers to itself, `TypeError` for what JSON does not have
 */
export async function writeJson(value: unknown): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const writer = new JsonWriter(value);
  for (let piece = writer.next(); piece !== undefined; piece = writer.next()) {
    pieces.push(encoder.encode(piece));
    await nextTurn();
  }
  const bytes = await joinInTurns(pieces);
  await nextTurn();
  return bytes;
}
