import type { Secret } from "./secret.js";

/** The number of consecutive characters that identify a key: eight of a random key do not occur in a text by chance. */
export const traceLength = 8;
/** For long keys, such as identity tokens, this many characters at the beginning and the end are searched for. */
const longestEnd = 512;

/** What a secret can be recognized by, in lower case, because vendors change the case of what they quote. */
export interface SecretTraces {
  /** The whole secret, in each encoding. */
  readonly whole: ReadonlySet<string>;
  /** Parts of it that do not occur in ordinary words. */
  readonly pieces: ReadonlySet<string>;
  /** The secret itself. */
  readonly value: string;
  /** Whether the key consists of words, so that longer words may begin with it. */
  readonly isWords: boolean;
}

const known = new WeakMap<Secret, SecretTraces>();

/** Computed once for each secret, when the first text is scrubbed. */
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
      // `my-team-` does not occur in a text by chance, `producti` does.
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

/** Whether a piece could be a part of ordinary words, or of names that consist of them. */
function isWords(piece: string): boolean {
  return piece.split(/[-_./:\s]/u).every((part) => /^(?:[a-z]*|[A-Z][a-z]*|[A-Z]+)$/u.test(part));
}

function formsOf(value: string): readonly string[] {
  const bytes = new TextEncoder().encode(value);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join(""));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [value, encode(value), base64, base64.replaceAll("+", "-").replaceAll("/", "_"), hex];
}

/** A lone surrogate cannot be URL-encoded; then the value is returned as it is. */
function encode(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return value;
  }
}
