const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;
const zero = 0x30;
const nine = 0x39;

/** The fields in which the three wires write a piece of text or of thinking. */
const field = /"(?:content|delta|reasoning|reasoning_content|text|thinking)": ?$/u;
const number = /^(?<before>.*"sequence_number": ?)\d+(?<after>.*)$/su;
/** Random characters, with which OpenAI hides the length of a piece. */
const padding = /^(?<before>.*"obfuscation": ?")[^"\\]*(?<after>".*)$/su;

/**
 * What the events of one stream share that bring a piece of text or of thinking: everything but the text, their number and
 * their padding. An event of that form means the same as the last one with another text, and need not be parsed: that takes
 * a translated event from 1.8 µs to 0.4 (docs/internals.md, "Most events are recognized, not parsed").
 */
export class DeltaTemplate {
  #head = "";
  /** What follows the number; `undefined`: events have no number before their text. */
  #afterNumber: string | undefined;
  #tail = "";
  /** What follows the padding; `undefined`: there is none. */
  #afterPadding: string | undefined;

  /** The text of an event of the known form, as JSON escapes it; `undefined`: the event must be parsed. */
  textIn(data: string): string | undefined {
    const head = this.#head;
    if (head === "" || !isAt(head, data, 0)) return undefined;
    const from = this.#textFrom(data, head.length);
    const to = from === -1 ? -1 : closingQuote(data, from);
    return to > from && this.#endsAt(data, to) ? data.slice(from, to) : undefined;
  }

  /** Learns from an event that was parsed, and meant this text and nothing else. */
  learn(data: string, text: string): void {
    const around = splitAround(data, text);
    if (around === undefined) return;
    const numbered = splitNumber(around.head);
    const padded = padding.exec(around.tail)?.groups;
    this.#head = numbered?.before ?? around.head;
    this.#afterNumber = numbered?.after;
    this.#tail = padded?.["before"] ?? around.tail;
    this.#afterPadding = padded?.["after"];
  }

  forget(): void {
    this.#head = "";
  }

  /** Where the text begins; -1 if the event has another form. */
  #textFrom(data: string, at: number): number {
    const after = this.#afterNumber;
    if (after === undefined) return at;
    let end = at;
    while (isDigit(data.charCodeAt(end))) end += 1;
    return end > at && isAt(after, data, end) ? end + after.length : -1;
  }

  /** Whether the event ends as the others do, from the quote behind its text on. */
  #endsAt(data: string, at: number): boolean {
    const after = this.#afterPadding;
    const end = at + this.#tail.length;
    if (after === undefined) return data.length === end && isAt(this.#tail, data, at);
    const close = isAt(this.#tail, data, at) ? closingQuote(data, end) : -1;
    return close !== -1 && data.length === close + after.length && isAt(after, data, close);
  }
}

/**
 * What is around a text in the only field that holds it.
 * @returns `undefined` if it occurs more than once, or is escaped in another way than we do
 */
export function splitAround(data: string, text: string): { readonly head: string; readonly tail: string } | undefined {
  const quoted = JSON.stringify(text);
  const at = data.indexOf(quoted);
  if (at === -1 || data.includes(quoted, at + 1) || !field.test(data.slice(0, at))) return undefined;
  return { head: data.slice(0, at + 1), tail: data.slice(at + quoted.length - 1) };
}

/** What is around the number of an event; `undefined`: it has none there. */
export function splitNumber(head: string): { readonly before: string; readonly after: string } | undefined {
  const { before, after } = number.exec(head)?.groups ?? {};
  return before === undefined || after === undefined ? undefined : { before, after };
}

/** Like `text.startsWith(part, at)`, but faster (docs/internals.md, "Most events are recognized, not parsed"). */
function isAt(part: string, text: string, at: number): boolean {
  return text.slice(at, at + part.length) === part;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

/** Where a JSON string ends whose inside begins at `from`; -1 if it does not, or contains what JSON does not allow. */
function closingQuote(text: string, from: number): number {
  for (let index = from; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === quote) return index;
    if (code < space) return -1;
    if (code === backslash) index += 1;
  }
  return -1;
}
