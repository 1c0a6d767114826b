/** How far back a continuation may start, in characters, unless it repeats the whole answer. */
const longestReturn = 1_000;
/** Fewer letters and digits in common count as chance. */
const fewestLetters = 3;

const letter = /[\p{L}\p{N}]/u;

function lettersOf(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}

/** Whether a continuation can start again at `at` in `said`, because a word begins there. */
function wordBegins(said: string, at: number): boolean {
  return at === 0 || !letter.test(said.charAt(at - 1)) || !letter.test(said.charAt(at));
}

/** Whether a text repeats its `end` anyway, as lists and refrains do. */
function isRefrain(said: string, at: number): boolean {
  const end = said.slice(at);
  return at > 0 && said.slice(0, at).endsWith(end);
}

/**
 * Places in the text from which a continuation may have started again, the longest repetition first.
 * @param sent - how much of `said` the deployment was sent; it writes the white space after that again
 */
function places(said: string, sent: number): readonly number[] {
  const found: number[] = [0];
  for (let at = Math.max(1, said.length - longestReturn); at < said.length; at += 1) {
    const isWord = wordBegins(said, at) && lettersOf(said.slice(at)) >= fewestLetters && !isRefrain(said, at);
    if (isWord || at >= sent) found.push(at);
  }
  return found;
}

/** Removes text that a continuation repeats. Text is held back only while it might still be a repetition. */
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

  /** @returns the part of `text`, and of what was held back, that may be shown now */
  push(text: string): string {
    if (this.#decided) return text;
    this.#held += text;
    this.#places = this.#places.filter((at) => agrees(this.#said, at, this.#held));
    const undecided = this.#places.some((at) => this.#said.length - at > this.#held.length);
    return undecided ? "" : this.flush();
  }

  /** The end, or something other than text. Nothing can be held back any longer. */
  flush(): string {
    this.#decided = true;
    const held = this.#held;
    this.#held = "";
    // The longest repetition comes first. A continuation that repeats the beginning and stops before the end adds
    // nothing.
    const from = this.#places.find((at) => at === 0 || this.#said.length - at <= held.length);
    return from === undefined ? held : held.slice(this.#said.length - from);
  }
}

/** Whether `said` from `at` on and `next` are equal, as far as both go. */
function agrees(said: string, at: number, next: string): boolean {
  const length = Math.min(said.length - at, next.length);
  return said.startsWith(next.slice(0, length), at);
}
