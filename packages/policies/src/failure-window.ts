const windowMs = 60_000;
const buckets = 12;
const bucketMs = windowMs / buckets;

/** Successes and failures of the last minute, in steps of five seconds. */
export class FailureWindow {
  readonly #successes = new Uint32Array(buckets);
  readonly #failures = new Uint32Array(buckets);
  #bucket = -1;

  succeed(now: number): void {
    const slot = this.#turn(now);
    this.#successes[slot] = (this.#successes[slot] ?? 0) + 1;
  }

  fail(now: number): void {
    const slot = this.#turn(now);
    this.#failures[slot] = (this.#failures[slot] ?? 0) + 1;
  }

  counts(now: number): { readonly successes: number; readonly failures: number } {
    this.#turn(now);
    let successes = 0;
    let failures = 0;
    for (let index = 0; index < buckets; index += 1) {
      successes += this.#successes[index] ?? 0;
      failures += this.#failures[index] ?? 0;
    }
    return { successes, failures };
  }

  clear(): void {
    this.#successes.fill(0);
    this.#failures.fill(0);
  }

  #turn(now: number): number {
    const bucket = Math.floor(now / bucketMs);
    if (bucket > this.#bucket) {
      const passed = Math.min(bucket - this.#bucket, buckets);
      for (let step = 0; step < passed; step += 1) {
        const slot = (bucket - step) % buckets;
        this.#successes[slot] = 0;
        this.#failures[slot] = 0;
      }
      this.#bucket = bucket;
    }
    return this.#bucket % buckets;
  }
}
