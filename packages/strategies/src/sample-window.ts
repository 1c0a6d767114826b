/** A sample, as snapshots hold it. Time in milliseconds since the epoch. */
export type Sample = readonly [at: number, value: number];

/** The latest samples of one deployment: at most so many, none older than the ttl. Sums are kept, not computed. */
export class SampleWindow {
  readonly #values: Float64Array;
  readonly #times: Float64Array;
  #start = 0;
  #size = 0;
  #sum = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    this.#times = new Float64Array(capacity);
  }

  add(value: number, now: number): void {
    const capacity = this.#values.length;
    if (this.#size === capacity) this.#drop();
    const slot = (this.#start + this.#size) % capacity;
    this.#values[slot] = value;
    this.#times[slot] = now;
    this.#size += 1;
    this.#sum += value;
  }

  /** As {@link SampleWindow.add}, for a value that stands for a failure: the mean never gets better by it. */
  addAtLeast(value: number, now: number, ttlMs: number): void {
    const mean = this.mean(now, ttlMs) ?? 0;
    // A full window loses its oldest sample, which may have been worse than the mean.
    const oldest = this.#size === this.#values.length ? (this.#values[this.#start] ?? 0) : 0;
    this.add(Math.max(value, mean, oldest), now);
  }

  /** `undefined` when there is no sample left that is younger than `ttlMs`. */
  mean(now: number, ttlMs: number): number | undefined {
    while (this.#size > 0 && (this.#times[this.#start] ?? 0) <= now - ttlMs) this.#drop();
    return this.#size === 0 ? undefined : this.#sum / this.#size;
  }

  /** When the oldest sample was taken; 0 when there is none. */
  get oldestAt(): number {
    return this.#size === 0 ? 0 : (this.#times[this.#start] ?? 0);
  }

  /** Samples, oldest first. */
  entries(): readonly Sample[] {
    return Array.from({ length: this.#size }, (_, offset) => {
      const slot = (this.#start + offset) % this.#values.length;
      return [this.#times[slot] ?? 0, this.#values[slot] ?? 0] as const;
    });
  }

  #drop(): void {
    this.#sum -= this.#values[this.#start] ?? 0;
    this.#start = (this.#start + 1) % this.#values.length;
    this.#size -= 1;
    // Sums of fractions drift; an empty window starts afresh.
    if (this.#size === 0) this.#sum = 0;
  }
}
