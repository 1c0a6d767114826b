const backslash = 92;
const space = 32;

/** Like `text.startsWith(part, at)`, but faster (docs/internals.md, "Most events are recognized, not parsed"). */
export function isAt(part: string, text: string, at: number): boolean {
  return text.slice(at, at + part.length) === part;
}

/** Whether a part of a text is the inside of a JSON string without escapes or control characters. */
export function isPlain(text: string, from: number, to: number): boolean {
  for (let index = from; index < to; index += 1) {
    const code = text.charCodeAt(index);
    if (code === backslash || code < space) return false;
  }
  return true;
}
