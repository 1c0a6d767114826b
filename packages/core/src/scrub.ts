import { escapeRegExp } from "./escape-reg-exp.js";
import type { Secret } from "./secret.js";

/** Keys of well-known shapes, whole or with stars in them, as vendors like to quote them. */
const keyShapes = /\b(?:sk|pk|rk|gsk|xai|nvapi|pplx)-[\w*.-]{4,}|\bBearer\s+[^\s"',}]+/gu;
/** A key is recognised by so many of its first characters. */
const tellingLength = 8;

/**
 * A vendor's text, fit to be shown: our secrets, parts of them and whatever looks like a key are replaced, and the
 * length is bounded.
 */
export function scrub(text: string, secrets: Iterable<Secret | undefined>, most = 2_000): string {
  let clean = text.length > most * 4 ? text.slice(0, most * 4) : text;
  for (const secret of secrets) {
    const value = secret?.reveal() ?? "";
    if (value.length === 0) continue;
    for (const form of new Set([value, encodeURIComponent(value), base64(value)])) {
      const start = form.slice(0, tellingLength);
      if (clean.includes(start)) clean = clean.replaceAll(shown(start), "[key]");
    }
  }
  clean = clean.replaceAll(keyShapes, "[key]");
  return clean.length > most ? `${clean.slice(0, most)}…` : clean;
}

/** A start too short to tell a key, as local servers have them (`x`, `none`), is one only where no word goes on before it. */
function shown(start: string): RegExp {
  const own = start.length < tellingLength ? "(?<![\\p{L}\\p{N}])" : "";
  return new RegExp(`${own}${escapeRegExp(start)}[^\\s"',;<>)]*`, "gu");
}

function base64(value: string): string {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(value)));
}
