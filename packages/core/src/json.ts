/** Anything that JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object whose shape is not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value now or later. Code that can stay synchronous does. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** A list with at least one item. */
export type NonEmpty<Item> = readonly [Item, ...Item[]];

export function isNonEmpty<Item>(items: readonly Item[]): items is NonEmpty<Item> {
  return items.length > 0;
}

/** Deepest JSON that is taken from a vendor. Tools' inputs and schemas stay far below; a stack overflows far above. */
export const deepestJson = 1_000;
/**
 * Most keys of one object that is taken from a vendor. A million keys take seconds to parse and as long again to read.
 * A model that writes nothing but keys and values into one tool's input stays below, at 128,000 tokens of output.
 */
export const mostJsonKeys = 50_000;
/** Fewest characters of a key: quotes, a colon, and what follows. */
const keyLength = 5;

const quote = 0x22;
const backslash = 0x5c;
/** Scratch of one scan, which never waits and never nests: for each open level, how many keys it has. */
const keysAt = /* @__PURE__ */ new Uint32Array(deepestJson + 1);

/** What is wrong with a JSON text, said as in "an answer that ...". */
export type JsonExcess = "is nested too deep" | "has an object with too many keys";

/**
 * Looks through JSON from a vendor or a store before it is parsed: recursion over deep values overflows the stack, and
 * objects of a million keys hold up every other call. What is not JSON is left for the parser to refuse.
 * @returns `undefined` when the text may be parsed
 */
export function jsonExcess(text: string): JsonExcess | undefined {
  // Each level needs two characters. Nearly all answers and events end here, or after three native searches.
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
  let depth = 0;
  keysAt[0] = 0;
  for (let index = 0; index < length; index += 1) {
    switch (text.charCodeAt(index)) {
      case quote:
        index = closingQuote(text, index + 1);
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
      }
    }
  }
  return undefined;
}

/** @returns where the string that begins at `from` ends; the text's length when it never does */
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
