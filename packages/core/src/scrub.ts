import { escapeRegExp } from "./escape-reg-exp.js";
import type { Secret } from "./secret.js";
import { type SecretTraces, traceLength, tracesOf } from "./secret-traces.js";

/** Keys of well-known shapes, whole or with stars in them, as vendors like to quote them. */
const keyShapes = /\b(?:(?:sk|pk|rk|gsk|xai|nvapi|pplx)-[\w*.-]{4,}|AIza[\w-]{20,}|(?:hf|r8)_\w{20,})/gu;
/** What follows `Bearer` and is not a word, as in "Bearer token". */
const bearer = /\bBearer\s+(?=[^\s"',})]*[\d._-][^\s"',})]|[^\s"',})]{16})[^\s"',})]+/gu;
/** What a key may stand in. */
const tokens = /[^\s"',;<>()]{8,}/gu;
/** What comes before a key within such a token, as in `key=...` and `https://host/?key=...`. */
const beforeKey = /[=:/?&[\]{}`|]/u;
/** A key with its middle, its head or its tail masked. */
const masked = /(?<![\w+/=.-])[\w+/=.-]*[*\u2022]{2,}[\w+/=.*\u2022-]*/gu;
/** What ends a sentence is not a part of the key before it. */
const sentenceEnd = /[.!:]{1,3}$/u;
/** A shorter key is a placeholder, as used with local servers: `k`, `key`, `none`. */
const shortestKey = 4;

/**
 * A vendor's text, fit to be shown: our secrets, parts of them and whatever looks like a key are replaced, and the
 * length is bounded. A secret is found in upper and lower case, in base64 and hex, and as URLs write it; words that a
 * short key happens to be made of are left alone.
 */
export function scrub(text: string, secrets: Iterable<Secret | undefined>, most = 2_000): string {
  let clean = text.length > most * 4 ? text.slice(0, most * 4) : text;
  for (const secret of secrets) if (secret !== undefined) clean = withoutSecret(clean, tracesOf(secret));
  clean = clean.replaceAll(keyShapes, "[key]").replaceAll(bearer, "[key]");
  return clean.length > most ? `${clean.slice(0, most)}\u2026` : clean;
}

/**
 * A vendor's code, type or name of a field, which programs compare: as it is, or `undefined` when it holds a secret or is
 * too long to be one. It is never rewritten.
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

/** All of the key, also where spaces are in it, with what goes on behind it. A key of words may be the beginning of a word. */
function withoutWhole(text: string, { value, isWords }: SecretTraces): string {
  if (isWords || !text.includes(value)) return text;
  return text.replaceAll(new RegExp(`${escapeRegExp(value)}(?:[^\\s"',;<>)]*[^\\s"',;<>).!:])?`, "gu"), "[key]");
}

/** The token up to where the key begins; what follows belongs to it. */
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

/** Whether the ends of a masked text are those of the key. */
function isMasked(token: string, key: string): boolean {
  const [head = "", ...others] = token.toLowerCase().split(/[*\u2022]{2,}/u);
  const tail = others.at(-1)?.replace(/\.+$/u, "") ?? "";
  return (head.length >= 2 && key.startsWith(head)) || (tail.length >= 2 && key.endsWith(tail));
}

/** A short key is one only by itself, and when it is not a word: `hunter2` is replaced, `none` is not. */
function withoutShort(text: string, value: string): string {
  if (value.length < shortestKey || /^(?:\p{L}*|\d*)$/u.test(value)) return text;
  return text.replaceAll(new RegExp(`(?<![\\w-])${escapeRegExp(value)}(?![\\w-])`, "gu"), "[key]");
}
