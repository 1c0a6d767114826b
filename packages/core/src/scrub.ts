import { escapeRegExp } from "./escape-reg-exp.js";
import type { Secret } from "./secret.js";
import { type SecretTraces, traceLength, tracesOf } from "./secret-traces.js";

/** Keys of well-known formats, whole or masked with stars, as vendors often quote them. */
const keyShapes = /\b(?:(?:sk|pk|rk|gsk|xai|nvapi|pplx)-[\w*.-]{4,}|AIza[\w-]{20,}|(?:hf|r8)_\w{20,})/gu;
/** What follows `Bearer`, unless it is a word, as in "Bearer token". */
const bearer = /\bBearer\s+(?=[^\s"',})]*[\d._-][^\s"',})]|[^\s"',})]{16})[^\s"',})]+/gu;
/** Tokens that may contain a key. */
const tokens = /[^\s"',;<>()]{8,}/gu;
/** Characters that may precede a key in such a token, as in `key=...` and `https://host/?key=...`. */
const beforeKey = /[=:/?&[\]{}`|]/u;
/** A key that is masked in the middle, at the beginning or at the end. */
const masked = /(?<![\w+/=.-])[\w+/=.-]*[*\u2022]{2,}[\w+/=.*\u2022-]*/gu;
/** The end of a sentence, which is not a part of a key before it. */
const sentenceEnd = /[.!:]{1,3}$/u;
/** Shorter keys are placeholders, as used with local servers: `k`, `key`, `none`. */
const shortestKey = 4;

/**
 * Makes a vendor's text safe to show: secrets, parts of them and everything that looks like a key are replaced, and the
 * length is bounded. Secrets are found in any case, in base64 and hexadecimal, and URL-encoded. Words that a short key
 * happens to consist of are not replaced.
 */
export function scrub(text: string, secrets: Iterable<Secret | undefined>, most = 2_000): string {
  let clean = text.length > most * 4 ? text.slice(0, most * 4) : text;
  for (const secret of secrets) if (secret !== undefined) clean = withoutSecret(clean, tracesOf(secret));
  clean = clean.replaceAll(keyShapes, "[key]").replaceAll(bearer, "[key]");
  return clean.length > most ? `${clean.slice(0, most)}\u2026` : clean;
}

/**
 * A vendor's code, type or field name, which programs compare, so it is never rewritten.
 * @returns the text, or `undefined` if it contains a secret or is too long
 */
export function scrubName(text: string, secrets: Iterable<Secret | undefined>, most: number): string | undefined {
  return text.length <= most && scrub(text, secrets, most) === text ? text : undefined;
}

function withoutSecret(text: string, traces: SecretTraces): string {
  const { value } = traces;
  if (value.length < traceLength) return withoutShort(text, value);
  return withoutWhole(text, traces)
    .replaceAll(masked, (token) => (isMasked(token, value.toLowerCase()) ? "[key]" : token))
    .replaceAll(tokens, (token) => withoutKey(token, traces));
}

/**
 * Replaces the whole key, which may contain spaces, and what follows it directly. A key of words may be the beginning
 * of a word.
 */
function withoutWhole(text: string, { value, isWords }: SecretTraces): string {
  if (isWords || !text.includes(value)) return text;
  return text.replaceAll(new RegExp(`${escapeRegExp(value)}(?:[^\\s"',;<>)]*[^\\s"',;<>).!:])?`, "gu"), "[key]");
}

/** Replaces a key, or a part of it, within a token, and everything after it. */
function withoutKey(token: string, { whole, pieces }: SecretTraces): string {
  const lower = token.toLowerCase();
  for (let at = 0; at + traceLength <= lower.length; at += 1) {
    if (!pieces.has(lower.slice(at, at + traceLength))) continue;
    let start = at;
    while (start > 0 && !beforeKey.test(token[start - 1] ?? "")) start -= 1;
    return `${token.slice(0, start)}[key]${sentenceEnd.exec(token)?.[0] ?? ""}`;
  }
  const end = lower.replace(sentenceEnd, "");
  const start = end.lastIndexOf("=", end.length - 2) + 1;
  return whole.has(end.slice(start)) ? `${token.slice(0, start)}[key]${token.slice(end.length)}` : token;
}

/** Whether a masked text begins or ends like the key. */
function isMasked(token: string, key: string): boolean {
  const [head = "", ...others] = token.toLowerCase().split(/[*\u2022]{2,}/u);
  const tail = others.at(-1)?.replace(/\.+$/u, "") ?? "";
  return (head.length >= 2 && key.startsWith(head)) || (tail.length >= 2 && key.endsWith(tail));
}

/** Replaces a short key if it stands by itself and is not a word: `hunter2` is replaced, `none` is not. */
function withoutShort(text: string, value: string): string {
  if (value.length < shortestKey || /^(?:\p{L}*|\d*)$/u.test(value)) return text;
  return text.replaceAll(new RegExp(`(?<![\\w-])${escapeRegExp(value)}(?![\\w-])`, "gu"), "[key]");
}
