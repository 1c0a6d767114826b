/** Which ids of tool calls a host takes. */
export type ToolIdRule = { readonly length: number } | { readonly most: number };

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** Of an id that only has to be short. */
const shortLength = 24;
/** Characters of a long id that are hashed, at its beginning and at its end. */
const mostHashed = 512;

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
  /** By an id that is taken: the salt that the next one is tried with which would become the same. */
  readonly #salts = new Map<string, number>();

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
    let made = lettersOf(id, length, 0);
    if (this.#taken.has(made)) made = this.#another(id, made);
    this.#taken.add(made);
    this.#made.set(id, made);
    return made;
  }

  /** Ids that are chosen so that all of them become the same one are no more work than others. */
  #another(id: string, first: string): string {
    let salt = this.#salts.get(first) ?? 1;
    let made = lettersOf(id, first.length, salt);
    while (this.#taken.has(made)) {
      salt += 1;
      made = lettersOf(id, first.length, salt);
    }
    this.#salts.set(first, salt + 1);
    return made;
  }
}

/**
 * A hash of a string, in letters and digits. It need not be hard to find two that are alike: the second gets another salt.
 * SHA-256 takes fifty times as long, and conversations have thousands of calls.
 */
function lettersOf(text: string, length: number, salt: number): string {
  let low = 0x811c_9dc5 ^ text.length;
  let high = 0x9e37_79b9 ^ salt;
  const add = (code: number): void => {
    low = Math.imul(low ^ code, 0x85eb_ca6b);
    high = Math.imul(high ^ code ^ (low >>> 15), 0xc2b2_ae35);
  };
  const head = Math.min(text.length, mostHashed);
  for (let index = 0; index < head; index += 1) add(text.charCodeAt(index));
  for (let index = Math.max(head, text.length - mostHashed); index < text.length; index += 1)
    add(text.charCodeAt(index));
  let letters = "";
  for (let index = 0; index < length; index += 1) {
    add(index);
    // The best bits are the upper ones of a product.
    letters += alphabet.charAt((((high ^ low) >>> 8) & 0xff_ffff) % alphabet.length);
  }
  return letters;
}
