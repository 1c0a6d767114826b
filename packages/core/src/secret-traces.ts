import type { Secret } from "./secret.js";

/** So many characters in a row tell a key: eight of a random one are in no text by chance. */
export const traceLength = 8;
/** Of long keys, such as identity tokens, the two ends are looked for, in characters each. */
const longestEnd = 512;

/** What gives a secret away, in lower case: vendors change the case of what they quote. */
export interface SecretTraces {
  /** All of it, in each notation. */
  readonly whole: ReadonlySet<string>;
  /** Parts of it that no ordinary words have. */
  readonly pieces: ReadonlySet<string>;
  /** As it is. */
  readonly value: string;
  /** Whether the key is made of words, so that longer words may begin with it. */
  readonly isWords: boolean;
}

const known = new WeakMap<Secret, SecretTraces>();

/** Worked out once for each secret, when the first text is scrubbed of it. */
export function tracesOf(secret: Secret): SecretTraces {
  let traces = known.get(secret);
  if (traces === undefined) {
    traces = findTraces(secret.reveal().trim());
    known.set(secret, traces);
  }
  return traces;
}

function findTraces(value: string): SecretTraces {
  const whole = new Set<string>();
  const pieces = new Set<string>();
  if (value.length >= traceLength) {
    for (const form of formsOf(value)) {
      whole.add(form.toLowerCase());
      for (const end of endsOf(form)) addPieces(pieces, end);
      const start = form.slice(0, traceLength);
      // `my-team-` is in no text by chance, `producti` is.
      if (/[^a-z]/iu.test(start)) pieces.add(start.toLowerCase());
    }
  }
  return { whole, pieces, value, isWords: isWords(value) };
}

function endsOf(form: string): readonly string[] {
  return form.length <= 2 * longestEnd ? [form] : [form.slice(0, longestEnd), form.slice(-longestEnd)];
}

function addPieces(pieces: Set<string>, form: string): void {
  for (let at = 0; at + traceLength <= form.length; at += 1) {
    const piece = form.slice(at, at + traceLength);
    if (!isWords(piece)) pieces.add(piece.toLowerCase());
  }
}

/** Whether a piece could be cut out of ordinary words, or of names made of them. */
function isWords(piece: string): boolean {
  return piece.split(/[-_./:\s]/u).every((part) => /^(?:[a-z]*|[A-Z][a-z]*|[A-Z]+)$/u.test(part));
}

function formsOf(value: string): readonly string[] {
  const bytes = new TextEncoder().encode(value);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join(""));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [value, encode(value), base64, base64.replaceAll("+", "-").replaceAll("/", "_"), hex];
}

/** Half of a character, which no URL can hold, stays as it is. */
function encode(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return value;
  }
}
