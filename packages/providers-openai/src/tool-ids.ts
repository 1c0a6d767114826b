import { sha256Hex } from "@modelyard/core";

/** Which ids of tool calls a host takes. */
export type ToolIdRule = { readonly length: number } | { readonly most: number };

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** Of an id that only has to be short. */
const shortLength = 24;

export function fitsRule(id: unknown, rule: ToolIdRule): boolean {
  if (typeof id !== "string") return true;
  return "most" in rule ? id.length <= rule.most : id.length === rule.length && /^[\dA-Za-z]+$/u.test(id);
}

/**
 * Ids of the tool calls of one conversation in the form that a host takes. The same id becomes the same one everywhere in
 * it, and in later requests: a vendor's prompt cache finds the conversation again. No two become one.
 */
export class ToolIds {
  readonly #rule: ToolIdRule;
  readonly #made = new Map<string, string>();
  readonly #taken = new Set<string>();

  constructor(rule: ToolIdRule) {
    this.#rule = rule;
  }

  of(id: unknown): unknown {
    if (typeof id !== "string") return id;
    if (fitsRule(id, this.#rule)) {
      this.#taken.add(id);
      return id;
    }
    const known = this.#made.get(id);
    if (known !== undefined) return known;
    const length = "most" in this.#rule ? Math.min(shortLength, this.#rule.most) : this.#rule.length;
    let made = lettersOf(id, length);
    for (let salt = 1; this.#taken.has(made); salt += 1) made = lettersOf(`${String(salt)} ${id}`, length);
    this.#taken.add(made);
    this.#made.set(id, made);
    return made;
  }
}

/** A hash of a string, in letters and digits. */
function lettersOf(text: string, length: number): string {
  const hash = sha256Hex(text);
  let letters = "";
  // Each pair of the hash's 64 digits makes a letter; longer ids repeat it, which keeps them apart just as well.
  for (let at = 0; letters.length < length; at = (at + 2) % hash.length)
    letters += alphabet.charAt(Number.parseInt(hash.slice(at, at + 2), 16) % alphabet.length);
  return letters;
}
