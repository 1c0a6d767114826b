import type { RetryBudgetOptions } from "@modelyard/core";

const windowMs = 10_000;
const buckets = 10;
const bucketMs = windowMs / buckets;

/**
 * Keeps retries from multiplying the load of an outage: in any 10 seconds, at most a share of the requests plus a
 * floor. Source of the idea: "The Site Reliability Workbook", chapter "Handling Overload", and Finagle's RetryBudget.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #floor: number;
  readonly #requests = new Float64Array(buckets);
  readonly #retries = new Float64Array(buckets);
  #bucket = -1;

  constructor({ share = 0.2, floorPerSecond = 10 }: RetryBudgetOptions = {}) {
    this.#share = share;
    this.#floor = floorPerSecond * (windowMs / 1000);
  }

  request(now: number): void {
    const slot = this.#turn(now);
    this.#requests[slot] = (this.#requests[slot] ?? 0) + 1;
  }

  /** Takes one retry from the budget, if there is one. */
  take(now: number): boolean {
    const slot = this.#turn(now);
    let requests = 0;
    let retries = 0;
    for (let index = 0; index < buckets; index += 1) {
      requests += this.#requests[index] ?? 0;
      retries += this.#retries[index] ?? 0;
    }
    if (retries + 1 > this.#share * requests + this.#floor) return false;
    this.#retries[slot] = (this.#retries[slot] ?? 0) + 1;
    return true;
  }

  #turn(now: number): number {
    const bucket = Math.floor(now / bucketMs);
    if (bucket > this.#bucket) {
      const passed = Math.min(bucket - this.#bucket, buckets);
      for (let step = 0; step < passed; step += 1) {
        const slot = (bucket - step) % buckets;
        this.#requests[slot] = 0;
        this.#retries[slot] = 0;
      }
      this.#bucket = bucket;
    }
    return this.#bucket % buckets;
  }
}
