import { hashBasis, IrregularKeys } from "./irregular-keys.js";

/** Any JSON value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object of unknown shape. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value, or a promise of it, so that code can stay synchronous where it need not wait. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** A list with at least one item. */
export type NonEmpty<Item> = readonly [Item, ...Item[]];

export function isNonEmpty<Item>(items: readonly Item[]): items is NonEmpty<Item> {
  return items.length > 0;
}

/**
 * The most levels of JSON from a vendor. The inputs and schemas of tools have far fewer; a stack overflows at far more.
 */
export const deepestJson = 1_000;
/**
 * The most keys of one object from a vendor. A million keys take seconds to parse, and as long again to read. A model
 * that only writes keys and values into the input of one tool stays below, with 128,000 tokens of output.
 */
export const mostJsonKeys = 50_000;
/** The most keys from a vendor in large objects, or in objects unlike each other. Two million take five seconds to parse. */
export const mostIrregularKeys = 150_000;
/** The fewest characters that a key takes: quotes, a colon, and what follows. */
const keyLength = 5;

const quote = 0x22;
const backslash = 0x5c;
/** The number of keys of each open level. Scans share it, since they neither wait nor nest. */
const keysAt = /* @__PURE__ */ new Uint32Array(deepestJson + 1);

/** What is wrong with a JSON text, to follow "an answer that". */
export type JsonExcess =
  | "is nested too deep"
  | "has an object with too many keys"
  | "has too many keys in large objects, or in objects unlike each other";

/**
 * Checks JSON from a vendor or a store before it is parsed: recursion over deep values overflows the stack, and objects
 * with a million keys delay all other calls. Invalid JSON is left for the parser to reject.
 * @returns `undefined` if the text may be parsed
 */
export function jsonExcess(text: string): JsonExcess | undefined {
  // Each level takes two characters. For nearly all answers and events, this is decided here or after three native searches.
  if (text.length <= 2 * deepestJson) return undefined;
  const open = countUpTo(text, "[", deepestJson + 1);
  const deep = open + countUpTo(text, "{", deepestJson + 1 - open) > deepestJson;
  const wide = text.length > keyLength * mostJsonKeys && countUpTo(text, ":", mostJsonKeys + 1) > mostJsonKeys;
  return deep || wide ? scan(text) : undefined;
}

function countUpTo(text: string, mark: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(mark); at !== -1 && count < most; at = text.indexOf(mark, at + 1)) count += 1;
  return count;
}

function scan(text: string): JsonExcess | undefined {
  const { length } = text;
  const irregular = new IrregularKeys(deepestJson);
  let depth = 0;
  let stringFrom = 0;
  let stringTo = 0;
  keysAt[0] = 0;
  for (let index = 0; index < length; index += 1) {
    switch (text.charCodeAt(index)) {
      case quote:
        stringFrom = index + 1;
        index = closingQuote(text, stringFrom);
        stringTo = index;
        break;
      case 0x5b:
      case 0x7b:
        if (depth === deepestJson) return "is nested too deep";
        depth += 1;
        keysAt[depth] = 0;
        break;
      case 0x5d:
      case 0x7d:
        if (depth > 0) depth -= 1;
        break;
      case 0x3a: {
        const keys = (keysAt[depth] as number) + 1;
        if (keys > mostJsonKeys) return "has an object with too many keys";
        keysAt[depth] = keys;
        irregular.add(hashOf(text, stringFrom, stringTo), keys, depth);
        if (irregular.count > mostIrregularKeys)
          return "has too many keys in large objects, or in objects unlike each other";
      }
    }
  }
  return undefined;
}

/** How many characters of a key are hashed. */
const mostHashed = 1_024;

/** FNV-1a of a key as it is written. */
function hashOf(text: string, from: number, to: number): number {
  let hash = hashBasis();
  const end = Math.min(to, from + mostHashed);
  for (let index = from; index < end; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  return hash;
}

/** @returns the end of the string that begins at `from`; the length of the text if it does not end */
function closingQuote(text: string, from: number): number {
  for (let index = from; ;) {
    const found = text.indexOf('"', index);
    if (found === -1) return text.length;
    let escapes = 0;
    while (found - escapes > index && text.charCodeAt(found - escapes - 1) === backslash) escapes += 1;
    if (escapes % 2 === 0) return found;
    index = found + 1;
  }
}
