/** How far a continuation may go back, in characters, unless it starts the whole answer again. */
const longestReturn = 1_000;
/** A common part with fewer letters and digits than this may be a coincidence. */
const fewestLetters = 3;

const letter = /[\p{L}\p{N}]/u;

function lettersOf(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}

/** Whether a continuation may go back to the position `at`, because a word begins there. */
function wordBegins(said: string, at: number): boolean {
  return at === 0 || !letter.test(said.charAt(at - 1)) || !letter.test(said.charAt(at));
}

/**
 * Whether the text after `at` already occurs directly before it, as in lists and refrains, so that repeating it is
 * normal.
 */
function isRefrain(said: string, at: number): boolean {
  const end = said.slice(at);
  return at > 0 && said.slice(0, at).endsWith(end);
}

/**
 * The positions in the text from which a continuation may repeat it, in ascending order.
 * @param sent - how many characters of `said` the deployment got; it writes the white space after them again
 */
function places(said: string, sent: number): readonly number[] {
  const found: number[] = [0];
  for (let at = Math.max(1, said.length - longestReturn); at < said.length; at += 1) {
    const isWord = wordBegins(said, at) && lettersOf(said.slice(at)) >= fewestLetters && !isRefrain(said, at);
    if (isWord || at >= sent) found.push(at);
  }
  return found;
}

/**
 * Removes text that a continuation repeats. Text is held back only as long as it may still be such a repetition.
 */
export class OverlapCutter {
  readonly #said: string;
  #places: readonly number[];
  #held = "";
  #decided = false;

  constructor(said: string, sent = said.length) {
    this.#said = said;
    this.#places = places(said, sent);
  }

  /** Whether all further text is new. */
  get decided(): boolean {
    return this.#decided;
  }

  /** @returns the new text that can be passed on now, including text that was held back */
  push(text: string): string {
    if (this.#decided) return text;
    this.#held += text;
    this.#places = this.#places.filter((at) => agrees(this.#said, at, this.#held));
    const undecided = this.#places.some((at) => this.#said.length - at > this.#held.length);
    return undecided ? "" : this.flush();
  }

  /** Stops holding text back, because the answer ends or something other than text follows. */
  flush(): string {
    this.#decided = true;
    const held = this.#held;
    this.#held = "";
    // Positions are in ascending order, so the longest repetition wins. An answer that starts again and does not get
    // further than the first one has no new text.
    const from = this.#places.find((at) => at === 0 || this.#said.length - at <= held.length);
    return from === undefined ? held : held.slice(this.#said.length - from);
  }
}

/** Whether `said` from `at` on and `next` are equal, up to the end of the shorter one. */
function agrees(said: string, at: number, next: string): boolean {
  const length = Math.min(said.length - at, next.length);
  return said.startsWith(next.slice(0, length), at);
}
