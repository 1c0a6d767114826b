/** How far a continuation may go back, in characters, unless it starts the whole answer again. */
const longestReturn = 1_000;
/** A common part with fewer letters and digits than this may be a coincidence. */
const fewestLetters = 3;

const letter = /[\p{L}\p{N}]/u;

function lettersOf(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}

/** Whether a continuation may go back to the position `at`, because a word begins there. */
function wordBegins(text: string, at: number): boolean {
  return at === 0 || !letter.test(text.charAt(at - 1)) || !letter.test(text.charAt(at));
}

/**
 * Whether the text after `at` already occurs directly before it, as in lists and refrains, so that repeating it is
 * normal.
 */
function isRefrain(text: string, at: number): boolean {
  const end = text.slice(at);
  return at > 0 && text.slice(0, at).endsWith(end);
}

/**
 * The positions in the text from which a continuation may repeat it, in ascending order.
 * @param sent - how many characters of `text` the deployment got; it writes the white space after them again
 */
function places(text: string, sent: number): readonly number[] {
  const found: number[] = [0];
  for (let at = Math.max(1, text.length - longestReturn); at < text.length; at += 1) {
    const isWord = wordBegins(text, at) && lettersOf(text.slice(at)) >= fewestLetters && !isRefrain(text, at);
    if (isWord || at >= sent) found.push(at);
  }
  return found;
}

/**
 * Removes text that a continuation repeats. Text is held back only as long as it may still be such a repetition.
 */
export class OverlapCutter {
  readonly #text: string;
  #places: readonly number[];
  #held = "";
  #decided = false;

  constructor(text: string, sent = text.length) {
    this.#text = text;
    this.#places = places(text, sent);
  }

  /** Whether all further text is new. */
  get decided(): boolean {
    return this.#decided;
  }

  /** @returns the new text that can be passed on now, including text that was held back */
  push(text: string): string {
    if (this.#decided) return text;
    this.#held += text;
    this.#places = this.#places.filter((at) => agrees(this.#text, at, this.#held));
    const undecided = this.#places.some((at) => this.#text.length - at > this.#held.length);
    return undecided ? "" : this.flush();
  }

  /** Stops holding text back, because the answer ends or something other than text follows. */
  flush(): string {
    this.#decided = true;
    const held = this.#held;
    this.#held = "";
    // Positions are in ascending order, so the longest repetition wins. An answer that starts again and does not get
    // further than the first one has no new text.
    const from = this.#places.find((at) => at === 0 || this.#text.length - at <= held.length);
    return from === undefined ? held : held.slice(this.#text.length - from);
  }
}

/** Whether `text` from `at` on and `next` are equal, up to the end of the shorter one. */
function agrees(text: string, at: number, next: string): boolean {
  const length = Math.min(text.length - at, next.length);
  return text.startsWith(next.slice(0, length), at);
}
