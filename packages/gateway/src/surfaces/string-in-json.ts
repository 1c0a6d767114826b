/** A part of a text. */
export interface TextRange {
  readonly from: number;
  readonly end: number;
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Finds a string in a JSON text without parsing it, so that it can be replaced and everything else stays as it was written.
 * @param path - the keys that lead to it, through objects only
 * @returns the string with its quotes. `undefined`: there is none, or a key of the path is written with escapes
 */
export function stringInJson(text: string, path: readonly string[]): TextRange | undefined {
  let depth = 0;
  // How many keys of the path have been entered.
  let entered = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isOpening(code)) depth += 1;
    else if (isClosing(code)) {
      depth -= 1;
      if (depth <= entered) return undefined;
    } else if (code === quote) {
      const end = endOfString(text, index);
      const value = depth === entered + 1 ? valueOfKey(text, index, end, path[entered]) : undefined;
      if (value === undefined) {
        index = end - 1;
        continue;
      }
      entered += 1;
      if (entered === path.length)
        return text.charCodeAt(value) === quote ? { from: value, end: endOfString(text, value) } : undefined;
      if (text[value] !== "{") return undefined;
      index = value - 1;
    }
  }
  return undefined;
}

function isOpening(code: number): boolean {
  return code === 0x7b || code === 0x5b;
}

function isClosing(code: number): boolean {
  return code === 0x7d || code === 0x5d;
}

/** Where the value of a key begins. `undefined`: the string between `from` and `end` is not that key. */
function valueOfKey(text: string, from: number, end: number, key: string | undefined): number | undefined {
  if (text.slice(from + 1, end - 1) !== key) return undefined;
  const colon = afterSpace(text, end);
  return text[colon] === ":" ? afterSpace(text, colon + 1) : undefined;
}

/** The place after the closing quote of a string, or the end of the text. */
function endOfString(text: string, from: number): number {
  for (let index = from + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === backslash) index += 1;
    else if (code === quote) return index + 1;
  }
  return text.length;
}

function afterSpace(text: string, from: number): number {
  let index = from;
  while (/[\t\n\r ]/u.test(text.charAt(index))) index += 1;
  return index;
}
