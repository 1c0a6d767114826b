import { canonicalJson } from "@modelyard/core";

/** Characters that are written and hashed before others get their turn: a few milliseconds. */
const pieceLength = 256 * 1024;
/** Values and characters of a part that is written in one go. */
const smallPart = 4_096;

/** Deeper data refers to itself: bodies that come over HTTP are flatter. */
const deepest = 1_000;

const encoder = new TextEncoder();

/**
 * A digest of JSON data, the same for the same data whatever the order of its keys. It is made piece by piece, and the
 * event loop turns after each: writing and hashing 30 MB at once would hold up every other request for half a second.
 * @throws (rejects with) a `RangeError` for data that refers to itself
 */
export async function digestOf(value: unknown): Promise<string> {
  const digest = new PieceDigest();
  await write(value, digest, 0);
  return digest.end();
}

/** Whether data is long enough to be worth {@link digestOf}; costs a bounded look. */
export function isLong(value: unknown): boolean {
  return looksLeft(value, pieceLength) < 0;
}

class PieceDigest {
  #text = "";
  #hash = "";

  /** @returns a promise to wait for, or `undefined` */
  add(text: string): Promise<void> | undefined {
    this.#text += text;
    return this.#text.length < pieceLength ? undefined : this.#turn();
  }

  async end(): Promise<string> {
    await this.#turn();
    return this.#hash;
  }

  async #turn(): Promise<void> {
    const bytes = encoder.encode(this.#hash + this.#text);
    this.#text = "";
    this.#hash = hexOf(await crypto.subtle.digest("SHA-256", bytes));
  }
}

export function hexOf(digest: ArrayBuffer): string {
  let hex = "";
  for (const byte of new Uint8Array(digest)) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

/** As `canonicalJson` would, in pieces. */
async function write(value: unknown, digest: PieceDigest, depth: number): Promise<void> {
  if (depth > deepest) throw new RangeError("the data is nested too deeply");
  if (typeof value === "string") return writeString(value, digest);
  if (typeof value !== "object" || value === null) return digest.add(canonicalJson(value));
  if (Array.isArray(value)) {
    let opening = "[";
    for (const item of value) {
      const part = isSmall(item)
        ? digest.add(opening + canonicalJson(item))
        : writeAfter(opening, item, digest, depth + 1);
      if (part !== undefined) await part;
      opening = ",";
    }
    return digest.add(opening === "[" ? "[]" : "]");
  }
  let opening = "{";
  for (const key of Object.keys(value).toSorted()) {
    const item = (value as Readonly<Record<string, unknown>>)[key];
    if (item === undefined) continue;
    const name = `${opening}${JSON.stringify(key)}:`;
    const part = isSmall(item) ? digest.add(name + canonicalJson(item)) : writeAfter(name, item, digest, depth + 1);
    if (part !== undefined) await part;
    opening = ",";
  }
  return digest.add(opening === "{" ? "{}" : "}");
}

async function writeAfter(opening: string, value: unknown, digest: PieceDigest, depth: number): Promise<void> {
  await digest.add(opening);
  await write(value, digest, depth);
}

async function writeString(text: string, digest: PieceDigest): Promise<void> {
  await digest.add('"');
  for (let from = 0; from < text.length; from += pieceLength) {
    await digest.add(JSON.stringify(text.slice(from, from + pieceLength)).slice(1, -1));
  }
  await digest.add('"');
}

function isSmall(value: unknown): boolean {
  return looksLeft(value, smallPart) >= 0;
}

/** What is left of so many looks at characters and values; below 0: it has more. */
function looksLeft(value: unknown, looks: number): number {
  if (typeof value === "string") return looks - 1 - value.length;
  if (typeof value !== "object" || value === null) return looks - 1;
  let left = looks - 1;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && left >= 0; index += 1) left = looksLeft(value[index], left);
    return left;
  }
  for (const key in value) {
    if (left < 0) return left;
    left = looksLeft((value as Readonly<Record<string, unknown>>)[key], left - key.length);
  }
  return left;
}
