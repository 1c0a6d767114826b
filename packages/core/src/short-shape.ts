/** Longer JSON is left to the full scan, and so is JSON of more levels, or with an object of more keys. */
const maxBytes = 16_384;
const maxLevels = 32;
const maxKeys = 32;
/** The number of characters of a string that are read one by one before the native search takes over. */
const maxRead = 16;
const quote = 0x22;
const backslash = 0x5c;

/** The start of a key's hash, FNV-1a in 32 bits. */
const plainBasis = 0x811c_9dc5 - 2 ** 32;

/** Hashes of the keys of the open objects, the innermost object's last. One scan never begins within another. */
const hashes = /* @__PURE__ */ new Int32Array(maxLevels * maxKeys);
/** For each level, where the keys of its object begin in `hashes`; -1 for a list, and outside all. */
const firstKeys = /* @__PURE__ */ new Int32Array(maxLevels + 1).fill(-1);

/**
 * A faster {@link checkJsonShape} for the requests that most callers send: short JSON that is far below all bounds, with
 * no escapes in its keys.
 * @param text - the same JSON
 * @returns whether an object has a key twice, or `undefined` if only the full scan can tell
 */
export function hasRepeatedKey(bytes: Uint8Array, text: string): boolean | undefined {
  const { length } = bytes;
  if (length > maxBytes) return undefined;
  // The native search is faster in a string. With one byte per character, places in both are the same.
  const searched = text.length === length ? text : undefined;
  let depth = 0;
  let keyNext = false;
  let firstKey = -1;
  let keys = 0;
  let index = 0;
  while (index < length) {
    const code = bytes[index] as number;
    index += 1;
    if (code === quote) {
      if (!keyNext) {
        index = endOfString(bytes, searched, index);
        continue;
      }
      keyNext = false;
      let hash = plainBasis;
      for (; index < length; index += 1) {
        const character = bytes[index] as number;
        if (character === quote) break;
        if (character === backslash) return undefined;
        hash = Math.imul(hash ^ character, 0x0100_0193);
      }
      index += 1;
      for (let other = firstKey; other < keys; other += 1) if (hashes[other] === hash) return true;
      if (keys - firstKey === maxKeys) return undefined;
      hashes[keys] = hash;
      keys += 1;
    } else if (code === 0x2c) {
      keyNext = firstKey !== -1;
    } else if (code === 0x7b || code === 0x5b) {
      if (depth === maxLevels) return undefined;
      depth += 1;
      keyNext = code === 0x7b;
      firstKey = keyNext ? keys : -1;
      firstKeys[depth] = firstKey;
    } else if (code === 0x7d || code === 0x5d) {
      if (firstKey !== -1) keys = firstKey;
      if (depth > 0) depth -= 1;
      firstKey = firstKeys[depth] as number;
      keyNext = false;
    }
  }
  return false;
}

/**
 * The place after the closing quote of a string, or after the end if it has none.
 * @param text - `undefined` if places in it are not places in the bytes
 */
function endOfString(bytes: Uint8Array, text: string | undefined, start: number): number {
  const { length } = bytes;
  let index = start;
  const readTo = Math.min(start + maxRead, length);
  while (index < readTo && bytes[index] !== quote) index += 1;
  if (index === readTo) index = next(bytes, text, index);
  while (index !== -1) {
    let escapes = 0;
    while (bytes[index - escapes - 1] === backslash) escapes += 1;
    if (escapes % 2 === 0) return index + 1;
    index = next(bytes, text, index + 1);
  }
  return length;
}

/** The place of the next quote, or -1. */
function next(bytes: Uint8Array, text: string | undefined, from: number): number {
  return text === undefined ? bytes.indexOf(quote, from) : text.indexOf('"', from);
}
