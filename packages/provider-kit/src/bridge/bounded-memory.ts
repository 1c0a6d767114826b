interface Remembered<Value> {
  readonly value: Value;
  readonly size: number;
  until: number;
}

/** Values by key, for a limited time after their last use, up to a limit for all of them together. */
export class BoundedMemory<Value> {
  /** Those that were used longest ago come first. */
  readonly #entries = new Map<string, Remembered<Value>>();
  readonly #ttlMs: number;
  readonly #most: number;
  #size = 0;

  /** @param most - the sum of the sizes of all values */
  constructor(ttlMs: number, most: number) {
    this.#ttlMs = ttlMs;
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Finding a value counts as a use. */
  get(key: string, now: number): Value | undefined {
    this.#evict(now);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.until = now + this.#ttlMs;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  has(key: string, now: number): boolean {
    this.#evict(now);
    return this.#entries.has(key);
  }

  set(key: string, value: Value, size: number, now: number): void {
    this.#delete(key);
    this.#entries.set(key, { value, size, until: now + this.#ttlMs });
    this.#size += size;
    this.#evict(now);
  }

  #delete(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }

  #evict(now: number): void {
    for (const [key, { until }] of this.#entries) {
      if (until > now && this.#size <= this.#most) return;
      this.#delete(key);
    }
  }
}
