interface Remembered<Value> {
  readonly value: Value;
  readonly size: number;
  readonly ttlMs: number;
  until: number;
}

/** How much room a value takes, and how long it is kept after its last use. */
export interface Keeping {
  readonly size: number;
  readonly now: number;
  /** In milliseconds. */
  readonly ttlMs: number;
}

/** Values by key, for a limited time after their last use, up to a limit for all of them together. */
export class BoundedMemory<Value> {
  /** Those that were used longest ago come first. */
  readonly #entries = new Map<string, Remembered<Value>>();
  readonly #most: number;
  #size = 0;

  /** @param most - the sum of the sizes of all values */
  constructor(most: number) {
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Finding a value counts as a use. */
  get(key: string, now: number): Value | undefined {
    const entry = this.#valid(key, now);
    if (entry === undefined) return undefined;
    entry.until = now + entry.ttlMs;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  has(key: string, now: number): boolean {
    return this.#valid(key, now) !== undefined;
  }

  set(key: string, value: Value, { size, now, ttlMs }: Keeping): void {
    this.#delete(key);
    this.#entries.set(key, { value, size, ttlMs, until: now + ttlMs });
    this.#size += size;
    this.#evict(now);
  }

  /** Those with a shorter time may be behind others. */
  #valid(key: string, now: number): Remembered<Value> | undefined {
    this.#evict(now);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until > now) return entry;
    this.#delete(key);
    return undefined;
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
