/** Which ids of tool calls a host accepts. */
export type ToolIdRule = { readonly length: number } | { readonly most: number };

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** The length of new ids for hosts that only require them to be short. */
const shortLength = 24;
/** How many characters of a long id are hashed, at its beginning and at its end. */
const mostHashed = 512;

export function fitsRule(id: unknown, rule: ToolIdRule): boolean {
  if (typeof id !== "string") return true;
  return "most" in rule ? id.length <= rule.most : id.length === rule.length && /^[\dA-Za-z]+$/u.test(id);
}

/**
 * The ids of a conversation's tool calls, in the form that a host accepts. An id always becomes the same new id, also in later
 * requests, so that a vendor's prompt cache recognizes the conversation. Two ids never become the same one.
 */
export class ToolIds {
  readonly #rule: ToolIdRule;
  readonly #made = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** For each new id: the salt to try for the next old id that would otherwise become the same one. */
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

  /** Ids that were chosen so that their hashes are equal take no more work than others. */
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
 * A hash of a string, in letters and digits. It does not have to resist collisions: the second id gets another salt.
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
    // The upper bits of a product are the best ones.
    letters += alphabet.charAt((((high ^ low) >>> 8) & 0xff_ffff) % alphabet.length);
  }
  return letters;
}
