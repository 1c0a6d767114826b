import type { LimitSpec } from "./shared-state.js";

/** Counts one limit of one deployment in this process. Amounts are whole numbers; times are milliseconds. */
export interface LimitCounter {
  /** Taken now: in this window, of the bucket, or slots held. */
  used(now: number): number;
  /** Until `amount` would be admitted: 0 is now, `Infinity` never. Full slots answer 1, since nobody can know. */
  wait(amount: number, now: number): number;
  /** Takes without asking. @returns a stamp for {@link LimitCounter.settle} */
  take(amount: number, now: number): number;
  /** Replaces `reserved`, taken under `stamp`, by `actual`. A window that is over stays as it was. */
  settle(reserved: number, actual: number, stamp: number, now: number): void;
}

/** At most `limit` in each calendar window. */
class WindowCounter implements LimitCounter {
  #window = -1;
  #used = 0;

  constructor(
    readonly limit: number,
    readonly windowMs: number,
  ) {}

  used(now: number): number {
    this.#turn(now);
    return this.#used;
  }

  wait(amount: number, now: number): number {
    this.#turn(now);
    if (this.#used + amount <= this.limit) return 0;
    return amount > this.limit ? Number.POSITIVE_INFINITY : (this.#window + 1) * this.windowMs - now;
  }

  take(amount: number, now: number): number {
    this.#turn(now);
    this.#used += amount;
    return this.#window;
  }

  settle(reserved: number, actual: number, stamp: number, now: number): void {
    this.#turn(now);
    if (stamp === this.#window) this.#used = Math.max(0, this.#used - reserved + actual);
  }

  /** Never back: a clock that jumps to an earlier window counts on in the later one. */
  #turn(now: number): void {
    const window = Math.floor(now / this.windowMs);
    if (window <= this.#window) return;
    this.#window = window;
    this.#used = 0;
  }
}

/**
 * A token bucket as a single number, the theoretical arrival time.
 * Source: GCRA, ITU-T I.371; weighted as in https://jameslao.com/post/gcra-burst-limit.
 */
class BucketCounter implements LimitCounter {
  readonly #msPerUnit: number;
  readonly #toleranceMs: number;
  #arrival = 0;

  constructor(
    limit: number,
    windowMs: number,
    readonly burst: number,
  ) {
    this.#msPerUnit = windowMs / limit;
    this.#toleranceMs = burst * this.#msPerUnit;
  }

  used(now: number): number {
    return Math.max(0, this.#arrival - now) / this.#msPerUnit;
  }

  wait(amount: number, now: number): number {
    if (amount > this.burst) return Number.POSITIVE_INFINITY;
    // Rounding of the divisions above must not turn a full burst away.
    const excess = Math.max(now, this.#arrival) + amount * this.#msPerUnit - now - this.#toleranceMs;
    return excess <= 1e-6 ? 0 : excess;
  }

  take(amount: number, now: number): number {
    this.#arrival = Math.max(now, this.#arrival) + amount * this.#msPerUnit;
    return 0;
  }

  settle(reserved: number, actual: number, _stamp: number, now: number): void {
    const arrival = this.#arrival + (actual - reserved) * this.#msPerUnit;
    this.#arrival = Math.max(arrival, now - this.#toleranceMs);
  }
}

/** At most `limit` held at once. */
class SlotCounter implements LimitCounter {
  #held = 0;

  constructor(readonly limit: number) {}

  used(): number {
    return this.#held;
  }

  wait(amount: number): number {
    if (amount > this.limit) return Number.POSITIVE_INFINITY;
    return this.#held + amount <= this.limit ? 0 : 1;
  }

  take(amount: number): number {
    this.#held += amount;
    return 0;
  }

  settle(reserved: number): void {
    this.#held = Math.max(0, this.#held - reserved);
  }
}

export function createLimitCounter(spec: LimitSpec): LimitCounter {
  switch (spec.kind) {
    case "window":
      return new WindowCounter(spec.limit, spec.windowMs);
    case "bucket":
      return new BucketCounter(spec.limit, spec.windowMs, spec.burst);
    case "slots":
      return new SlotCounter(spec.limit);
  }
}
