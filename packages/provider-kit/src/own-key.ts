const quote = 34;
const comma = 44;
const backslash = 92;
const openBrace = 123;
const openBracket = 91;
const closeBrace = 125;
const closeBracket = 93;

/**
 * Looks for a key of the outermost object of a JSON text, and for the string that is its value, without parsing the text. It
 * reads in as many steps as are asked for, so that a long text can be searched in several turns of the event loop.
 */
export class OwnKey {
  readonly #text: string;
  readonly #key: string;
  #index = 0;
  #depth = 0;
  /** Whether the next string of the outermost object is a key. */
  #keyNext = false;
  /** Whether it is the value of the key. */
  #valueNext = false;
  #seen = false;
  #value = -1;
  /** Whether the key was found twice, or a key is written with escapes. */
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
      if (code === openBrace || code === openBracket) {
        if (this.#depth === 0) this.#keyNext = code === openBrace;
        this.#depth += 1;
      } else if (code === closeBrace || code === closeBracket) this.#depth -= 1;
      else if (code === comma && this.#depth === 1) this.#keyNext = true;
      index += 1;
    }
    this.#index = index;
    return this.#isUncertain || index >= text.length;
  }

  /** Takes a string of the outermost object. */
  #see(from: number, end: number): void {
    if (this.#keyNext) {
      const key = this.#text.slice(from, end);
      this.#keyNext = false;
      this.#valueNext = key === this.#key;
      this.#isUncertain = key.includes("\\") || (this.#valueNext && this.#seen);
      this.#seen ||= this.#valueNext;
    } else if (this.#valueNext) this.#value = from;
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
