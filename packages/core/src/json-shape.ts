import { callerBounds } from "./caller-bounds.js";
import { createError } from "./errors/index.js";

const quote = 0x22;
const backslash = 0x5c;
/** Of a string's bytes, so many are looked at one by one before the native search takes over. */
const lookedAt = 64;
/** Objects of up to so many keys are compared key by key; others are sorted. */
const fewKeys = 16;

/** Scratch of one scan, which never waits and never nests: for each level, where its keys begin; -1 for a list. */
const firstKeyAt = /* @__PURE__ */ new Int32Array(callerBounds.levels + 2);
/** Hashes of the keys of all objects that are open, the innermost object's last. */
let hashes = /* @__PURE__ */ new Int32Array(1_024);
const decoder = /* @__PURE__ */ new TextDecoder();
const encoder = /* @__PURE__ */ new TextEncoder();

/**
 * Looks through JSON of a caller before it is parsed: parsing a million keys or levels takes seconds, this takes milliseconds.
 * What is not JSON is left for the parser to refuse.
 * @param subject - what the bytes are, for messages
 * @returns whether an object has a key twice. `JSON.parse` takes the last one, and a vendor may take the first
 * @throws `bad_request` naming the bound that is exceeded
 */
export function checkJsonShape(bytes: Uint8Array, subject = "The body"): boolean {
  const { length } = bytes;
  let repeated = false;
  let depth = 0;
  let containers = 0;
  let keys = 0;
  let keyNext = false;
  for (let index = 0; index < length;) {
    const code = bytes[index] as number;
    index += 1;
    if (code === quote) {
      const end = endOfString(bytes, index);
      if (keyNext) {
        keyNext = false;
        if (keys === hashes.length) hashes = grown(hashes);
        hashes[keys] = hashOf(bytes, index, end - 1);
        keys += 1;
        const count = keys - (firstKeyAt[depth] as number);
        const most = depth === 1 ? callerBounds.fields : callerBounds.keys;
        if (count > most)
          throw refused(
            subject,
            "too_many_keys",
            `has more than ${String(most)} keys ${depth === 1 ? "at its top" : "in one object"}`,
          );
      }
      index = end;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      containers += 1;
      if (depth > callerBounds.levels)
        throw refused(subject, "nested_too_deep", `is nested more than ${String(callerBounds.levels)} levels deep`);
      if (containers > callerBounds.containers)
        throw refused(subject, "too_many_values", `has more than ${String(callerBounds.containers)} objects and lists`);
      keyNext = code === 0x7b;
      firstKeyAt[depth] = keyNext ? keys : -1;
    } else if (code === 0x7d || code === 0x5d) {
      const first = firstKeyAt[depth] as number;
      if (depth > 0 && first !== -1) {
        repeated ||= hasTwice(first, keys);
        keys = first;
      }
      if (depth > 0) depth -= 1;
      keyNext = false;
    } else if (code === 0x2c) {
      keyNext = depth > 0 && firstKeyAt[depth] !== -1;
    }
  }
  return repeated;
}

/** @returns the place after the closing quote of a string whose first byte is at `from` */
function endOfString(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  let index = from;
  for (;;) {
    for (const stop = Math.min(index + lookedAt, length); index < stop;) {
      const code = bytes[index] as number;
      index += 1;
      if (code === quote) return index;
      if (code === backslash) index += 1;
    }
    const next = index < length ? bytes.indexOf(quote, index) : -1;
    if (next === -1) return length + 1;
    let escapes = 0;
    while (next - escapes > index && bytes[next - escapes - 1] === backslash) escapes += 1;
    index = next + 1;
    if (escapes % 2 === 0) return index;
  }
}

/** FNV-1a of a key as it is meant: escapes are resolved first. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c_9dc5;
  for (let index = from; index < to; index += 1) {
    const code = bytes[index] as number;
    if (code === backslash) return hashOfEscaped(bytes.subarray(from, to));
    hash = Math.imul(hash ^ code, 0x0100_0193);
  }
  return hash;
}

function hashOfEscaped(key: Uint8Array): number {
  let plain: string;
  try {
    plain = JSON.parse(`"${decoder.decode(key)}"`) as string;
  } catch {
    // The parser will refuse the whole body.
    return 0;
  }
  let hash = 0x811c_9dc5;
  for (const code of encoder.encode(plain)) hash = Math.imul(hash ^ code, 0x0100_0193);
  return hash;
}

/** Whether two of the hashes are equal. Different keys with one hash cost no more than the body's own bytes. */
function hasTwice(from: number, to: number): boolean {
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

function refused(subject: string, code: string, problem: string): Error {
  return createError({
    kind: "bad_request",
    code,
    message: `${subject} ${problem}. No provider accepts that; send less.`,
  });
}
