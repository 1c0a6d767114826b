const quote = 34;
const backslash = 92;
const space = 32;
const letterU = 117;
/** What may follow a backslash, besides `u`. */
const escapes: ReadonlySet<number> = /* @__PURE__ */ new Set(Array.from('"\\/bfnrt', (letter) => letter.charCodeAt(0)));

/**
 * The inside of a JSON string that was found without parsing: where it ends, and its length after escapes are decoded. One
 * object is used for all searches, which saves allocating one for each event.
 */
const found = { end: 0, length: 0 };

/**
 * Finds the quote that closes a JSON string.
 * @param from - where the inside of the string begins
 * @returns the same object each time; `undefined`: the text ends before the string, or it is not valid JSON
 */
export function jsonStringEnd(text: string, from: number): Readonly<typeof found> | undefined {
  let skipped = 0;
  for (let index = from; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === quote) {
      found.end = index;
      found.length = index - from - skipped;
      return found;
    }
    if (code < space) return undefined;
    if (code !== backslash) continue;
    index += 1;
    skipped += 1;
    const letter = text.charCodeAt(index);
    if (escapes.has(letter)) continue;
    if (letter !== letterU || !/^[\dA-Fa-f]{4}$/u.test(text.slice(index + 1, index + 5))) return undefined;
    index += 4;
    skipped += 4;
  }
  return undefined;
}
