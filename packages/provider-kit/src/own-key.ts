const quote = 34;
const backslash = 92;
const colon = 58;
const openBrace = 123;
const openBracket = 91;
const closeBrace = 125;
const closeBracket = 93;

/**
 * Looks for a key of the outermost object of a JSON text, without parsing the text. It reads in as many steps as are asked
 * for, so that a long text can be searched in several turns of the event loop.
 */
export class OwnKey {
  readonly #text: string;
  readonly #key: string;
  #index = 0;
  #depth = 0;
  #value = -1;
  /** Whether the key was found twice, or one may be written with escapes. */
  #isUncertain = false;

  /** @param key - as it is in JSON, with its quotes */
  constructor(text: string, key: string) {
    this.#text = text;
    this.#key = key;
  }

  /** Where the value of the key begins; -1: the object does not have the key, or it is not certain which one is meant. */
  get value(): number {
    return this.#isUncertain ? -1 : this.#value;
  }

  /** @returns whether the whole text was read. @param length - how many characters are read, or a few more */
  read(length: number): boolean {
    const text = this.#text;
    const stop = Math.min(text.length, this.#index + length);
    let index = this.#index;
    while (index < stop && !this.#isUncertain) {
      const code = text.charCodeAt(index);
      if (code === quote) {
        const end = stringEnd(text, index);
        if (this.#depth === 1) this.#see(index, end);
        index = end;
        continue;
      }
      if (code === openBrace || code === openBracket) this.#depth += 1;
      else if (code === closeBrace || code === closeBracket) this.#depth -= 1;
      index += 1;
    }
    this.#index = index;
    return this.#isUncertain || index >= text.length;
  }

  /** Takes a string of the outermost object, which is a key if a colon follows. */
  #see(from: number, end: number): void {
    const text = this.#text;
    const after = afterSpace(text, end);
    if (text.charCodeAt(after) !== colon) return;
    const key = text.slice(from, end);
    if (key.includes("\\")) this.#isUncertain = true;
    else if (key === this.#key) {
      this.#isUncertain = this.#value !== -1;
      this.#value = afterSpace(text, after + 1);
    }
  }
}

/** The place after the closing quote of a string. @param from - where its opening quote is */
export function stringEnd(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === backslash) before -= 1;
    // A quote after an even number of backslashes closes the string.
    if ((end - 1 - before) % 2 === 0) return end + 1;
  }
  return text.length;
}

/** The first place from `at` on that is not JSON whitespace. */
export function afterSpace(text: string, at: number): number {
  let index = at;
  for (let code = text.charCodeAt(index); code === 32 || code === 10 || code === 13 || code === 9;) {
    index += 1;
    code = text.charCodeAt(index);
  }
  return index;
}
