/** A stored value, linked to the entries that were used before and after it. */
export interface Entry {
  readonly key: string;
  readonly value: string;
  readonly storedAt: number;
  /** When it expires, in milliseconds since the epoch. */
  readonly until: number;
  older: Entry;
  newer: Entry;
}

/** Bytes of a key and its value, as UTF-16. */
function sizeOf({ key, value }: Pick<Entry, "key" | "value">): number {
  return 2 * (key.length + value.length);
}

function unlink({ older, newer }: Entry): void {
  older.newer = newer;
  newer.older = older;
}

/** An entry that holds no value: the place where an empty ring begins and ends. */
function createRing(): Entry {
  const ring = { key: "", value: "", storedAt: 0, until: 0 } as Entry;
  ring.older = ring;
  ring.newer = ring;
  return ring;
}

/**
 * Entries by key, bounded in number and in bytes. They are linked in the order of their last use, because finding the
 * oldest key of a `Map` has to skip everything that was deleted from its beginning.
 */
export class Entries {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #byKey = new Map<string, Entry>();
  /** Its `newer` entry is the one that was used longest ago, its `older` entry the one used last. */
  readonly #ring: Entry;
  #bytes = 0;

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
    this.#ring = createRing();
  }

  get count(): number {
    return this.#byKey.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  find(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  /** Makes an entry the one that was used last. */
  use(entry: Entry): void {
    unlink(entry);
    this.#append(entry);
  }

  /** Replaces the entry with the same key. One that is too large for all the bytes is not stored. */
  add(stored: Omit<Entry, "older" | "newer">): void {
    this.delete(stored.key);
    const size = sizeOf(stored);
    if (size > this.#maxBytes) return;
    const entry = { ...stored, older: this.#ring, newer: this.#ring };
    this.#byKey.set(stored.key, entry);
    this.#bytes += size;
    this.#append(entry);
    while (this.#byKey.size > this.#maxEntries || this.#bytes > this.#maxBytes) this.delete(this.#ring.newer.key);
  }

  delete(key: string): void {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return;
    this.#byKey.delete(key);
    this.#bytes -= sizeOf(entry);
    unlink(entry);
  }

  clear(): void {
    this.#byKey.clear();
    this.#bytes = 0;
    this.#ring.older = this.#ring;
    this.#ring.newer = this.#ring;
  }

  #append(entry: Entry): void {
    const last = this.#ring.older;
    entry.older = last;
    entry.newer = this.#ring;
    last.newer = entry;
    this.#ring.older = entry;
  }
}
