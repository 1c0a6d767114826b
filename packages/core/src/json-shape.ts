import { callerBounds } from "./caller-bounds.js";
import { createError } from "./errors/index.js";
import { hashBasis, IrregularKeys } from "./irregular-keys.js";
import { inTurns, type Steps } from "./next-turn.js";

const quote = 0x22;
const backslash = 0x5c;
/** The start of the hashes by which an object's keys are compared. */
const plainBasis = 0x811c_9dc5;
/** The number of bytes of a string that are checked one by one before the native search takes over. */
const lookedAt = 64;
/** Objects with up to this many keys are compared key by key; the keys of larger ones are sorted. */
const fewKeys = 16;
/** The first keys are not looked at for being irregular, so that ordinary bodies cost no more. */
const ordinaryKeys = 8_192;
/** What JSON may have. */
export type ShapeBounds = Readonly<Record<"values" | "irregularKeys", number>>;

const bodyBounds: ShapeBounds = callerBounds;

const decoder = /* @__PURE__ */ new TextDecoder();
const encoder = /* @__PURE__ */ new TextEncoder();

/**
 * Reads JSON of a caller before it is parsed, in as many steps as are asked for: parsing a million keys or levels takes
 * seconds, this takes milliseconds. What is not JSON is left for the parser to refuse.
 */
export class ShapeScan {
  /** Whether an object has a key twice, as far as the scan has come. */
  repeated = false;
  #bytes: Uint8Array = nothing;
  #subject = "";
  #bounds: ShapeBounds = bodyBounds;
  #index = 0;
  #depth = 0;
  #containers = 0;
  #commas = 0;
  #keys = 0;
  /** Those of objects that are closed included. */
  #allKeys = 0;
  #irregular: IrregularKeys | undefined = undefined;
  #keyNext = false;
  /** The place after the opening quote of a string that is being read; -1 between strings. */
  #stringFrom = -1;
  /** For each level, where its keys begin; -1 for a list, and at the top. */
  readonly #firstKeyAt = new Int32Array(callerBounds.levels + 2).fill(-1);
  /** Hashes of the keys of all objects that are open, the innermost object's last. */
  #hashes = new Int32Array(1_024);

  /**
   * Begins with other bytes.
   * @param subject - what they are, for messages
   * @param bounds - what they may have
   */
  start(bytes: Uint8Array, subject: string, bounds: ShapeBounds = bodyBounds): this {
    this.repeated = false;
    this.#bytes = bytes;
    this.#subject = subject;
    this.#bounds = bounds;
    this.#index = 0;
    this.#depth = 0;
    this.#containers = 0;
    this.#commas = 0;
    this.#keys = 0;
    this.#allKeys = 0;
    this.#irregular = undefined;
    this.#keyNext = false;
    this.#stringFrom = -1;
    return this;
  }

  /** Lets go of the bytes. */
  stop(): void {
    this.#bytes = nothing;
  }

  /**
   * Reads on.
   * @param steps - a step is a character outside strings, or four within them
   * @returns whether the end was reached
   * @throws `bad_request` naming the bound that is exceeded
   */
  run(steps: number): boolean {
    const bytes = this.#bytes;
    const firstKeyAt = this.#firstKeyAt;
    const { length } = bytes;
    let index = this.#index;
    let depth = this.#depth;
    let commas = this.#commas;
    let keyNext = this.#keyNext;
    let stringFrom = this.#stringFrom;
    let inObject = firstKeyAt[depth] !== -1;
    let left = steps;
    for (; left > 0 && index < length; left -= 1) {
      const code = stringFrom === -1 ? (bytes[index] as number) : quote;
      if (code === quote) {
        const from = index;
        if (stringFrom === -1) stringFrom = index += 1;
        const end = endOfString(bytes, index);
        index = end < 0 ? -end : end;
        left -= costOf(index - from);
        if (end < 0) continue;
        if (keyNext) {
          keyNext = false;
          // Its bytes are hashed one by one.
          left -= keySteps + ((index - stringFrom) >> 2);
          this.#addKey(stringFrom, index - 1, depth);
        }
        stringFrom = -1;
        continue;
      }
      index += 1;
      if (code === 0x2c) {
        commas += 1;
        keyNext = inObject;
      } else if (code === 0x7b || code === 0x5b) {
        depth += 1;
        this.#checkDepth(depth);
        inObject = code === 0x7b;
        keyNext = inObject;
        firstKeyAt[depth] = inObject ? this.#keys : -1;
      } else if (code === 0x7d || code === 0x5d) {
        if (inObject) this.#closeObject(firstKeyAt[depth] as number);
        if (depth > 0) depth -= 1;
        inObject = firstKeyAt[depth] !== -1;
        keyNext = false;
      }
    }
    this.#index = index;
    this.#depth = depth;
    this.#commas = commas;
    this.#keyNext = keyNext;
    this.#stringFrom = stringFrom;
    const { values } = this.#bounds;
    if (commas + this.#containers > values)
      throw this.#refused("too_many_values", `has more than ${String(values)} values`);
    return index >= length;
  }

  #addKey(from: number, to: number, depth: number): void {
    if (to - from > callerBounds.keyBytes)
      throw this.#refused("key_too_long", `has a key of more than ${String(callerBounds.keyBytes)} bytes`);
    if (this.#keys === this.#hashes.length) this.#hashes = grown(this.#hashes);
    this.#hashes[this.#keys] = hashOf(this.#bytes, from, to, plainBasis);
    this.#keys += 1;
    this.#allKeys += 1;
    const count = this.#keys - (this.#firstKeyAt[depth] as number);
    const most = depth === 1 ? callerBounds.fields : callerBounds.keys;
    if (count > most)
      throw this.#refused(
        "too_many_keys",
        `has more than ${String(most)} keys ${depth === 1 ? "at its top" : "in one object"}`,
      );
    if (this.#allKeys > ordinaryKeys) this.#addIrregular(hashOf(this.#bytes, from, to, hashBasis()), count, depth);
  }

  #addIrregular(hash: number, place: number, depth: number): void {
    this.#irregular ??= new IrregularKeys(callerBounds.levels);
    this.#irregular.add(hash, place, depth);
    const most = this.#bounds.irregularKeys;
    if (this.#irregular.count > most)
      throw this.#refused(
        "too_many_keys",
        `has more than ${String(most)} keys in large objects, or in objects unlike each other`,
      );
  }

  #checkDepth(depth: number): void {
    this.#containers += 1;
    if (depth > callerBounds.levels)
      throw this.#refused("nested_too_deep", `is nested more than ${String(callerBounds.levels)} levels deep`);
    if (this.#containers > callerBounds.containers)
      throw this.#refused("too_many_values", `has more than ${String(callerBounds.containers)} objects and lists`);
  }

  /** @param firstKey - where its keys begin */
  #closeObject(firstKey: number): void {
    this.repeated ||= hasTwice(this.#hashes, firstKey, this.#keys);
    this.#keys = firstKey;
  }

  #refused(code: string, problem: string): Error {
    return createError({
      kind: "bad_request",
      code,
      message: `${this.#subject} ${problem}. No provider accepts that; send less.`,
    });
  }
}

const nothing = /* @__PURE__ */ new Uint8Array();
/** For scans that are made at once, none of which begins within another. */
let shared: ShapeScan | undefined;
/** Steps that a key costs besides those for its bytes. */
const keySteps = 2;
/** Between two turns of the event loop. A step takes 2 to 20 ns. */
const stepsOfATurn = 150_000;

/**
 * Checks a caller's JSON at once, see {@link checkLongShape}.
 * @param subject - what the bytes are, for messages
 * @param bounds - what they may have. @defaultValue the bounds of a body
 * @returns whether an object has a key twice. `JSON.parse` takes the last one, and a vendor may take the first
 * @throws `bad_request` naming the bound that is exceeded
 */
export function checkJsonShape(bytes: Uint8Array, subject = "The body", bounds?: ShapeBounds): boolean {
  shared ??= new ShapeScan();
  shared.start(bytes, subject, bounds);
  try {
    while (!shared.run(stepsOfATurn));
    return shared.repeated;
  } finally {
    shared.stop();
  }
}

/** As {@link checkJsonShape}, for bytes of any length, in steps. @throws `bad_request` naming the bound that is exceeded */
export function* shapeSteps(bytes: Uint8Array, subject = "The body", bounds?: ShapeBounds): Steps<boolean> {
  const scan = new ShapeScan().start(bytes, subject, bounds);
  while (!scan.run(stepsOfATurn)) yield;
  return scan.repeated;
}

/**
 * The same in several turns of the event loop.
 * @throws (rejects with) `bad_request` naming the bound that is exceeded
 */
export async function checkLongShape(bytes: Uint8Array, subject = "The body", bounds?: ShapeBounds): Promise<boolean> {
  return inTurns(shapeSteps(bytes, subject, bounds));
}

/** Steps that a piece of a string costs: its first bytes are looked at one by one, the rest by the native search. */
function costOf(length: number): number {
  return length < lookedAt ? length >> 2 : (lookedAt >> 2) + (length >> 8);
}

/**
 * Reads a piece of a string.
 * @returns the place after its closing quote; the negative of the place to read on from where the string goes on
 */
function endOfString(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  const stop = Math.min(from + lookedAt, length);
  for (let index = from; index < stop;) {
    let next = index;
    while (next < stop && bytes[next] !== quote) next += 1;
    if (next === stop) next = stop < length ? bytes.indexOf(quote, stop) : -1;
    if (next === -1) return length + 1;
    let escapes = 0;
    while (next - escapes > index && bytes[next - escapes - 1] === backslash) escapes += 1;
    index = next + 1;
    if (escapes % 2 === 0) return index;
    if (index >= stop) return -index;
  }
  return length + 1;
}

/** FNV-1a of a key as it is meant: escapes are resolved first. */
function hashOf(bytes: Uint8Array, from: number, to: number, basis: number): number {
  let hash = basis;
  for (let index = from; index < to; index += 1) {
    const code = bytes[index] as number;
    if (code === backslash) return hashOfEscaped(bytes.subarray(from, to), basis);
    hash = Math.imul(hash ^ code, 0x0100_0193);
  }
  return hash;
}

function hashOfEscaped(key: Uint8Array, basis: number): number {
  let plain: string;
  try {
    plain = JSON.parse(`"${decoder.decode(key)}"`) as string;
  } catch {
    // The parser will refuse the whole body.
    return 0;
  }
  let hash = basis;
  for (const code of encoder.encode(plain)) hash = Math.imul(hash ^ code, 0x0100_0193);
  return hash;
}

/** Whether two of the hashes are equal. Different keys with one hash cost no more than the body's own bytes. */
function hasTwice(hashes: Int32Array, from: number, to: number): boolean {
  if (to - from > fewKeys) {
    const sorted = hashes.subarray(from, to).toSorted();
    for (let index = 1; index < sorted.length; index += 1) if (sorted[index] === sorted[index - 1]) return true;
    return false;
  }
  for (let index = from + 1; index < to; index += 1) {
    const hash = hashes[index];
    for (let other = from; other < index; other += 1) if (hashes[other] === hash) return true;
  }
  return false;
}

function grown(list: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(list.length * 2);
  longer.set(list);
  return longer;
}
