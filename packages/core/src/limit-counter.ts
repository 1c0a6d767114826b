import type { LimitSpec } from "./shared-state.js";

/** Counts one limit of one deployment in this process. Amounts are whole numbers; times are milliseconds. */
export interface LimitCounter {
  /** The amount in use: of this window or of the bucket, or the slots held. */
  used(now: number): number;
  /**
   * The wait until `amount` is admitted. 0: now. `Infinity`: never. For full slots it is 1, since it cannot be known.
   */
  wait(amount: number, now: number): number;
  /** Takes `amount` without a check. @returns a stamp for {@link LimitCounter.settle} */
  take(amount: number, now: number): number;
  /** Replaces `reserved`, taken under `stamp`, by `actual`. A window that has ended is not changed. */
  settle(reserved: number, actual: number, stamp: number, now: number): void;
}

/**
 * Whether another calendar window begins. If the clock goes back by one window, counting continues in the later window,
 * so that none is granted twice. If it was set back further, the limit must not stay closed until the clock catches up.
 */
export function isNextWindow(counted: number, window: number): boolean {
  return window > counted || window < counted - 1;
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

  #turn(now: number): void {
    const window = Math.floor(now / this.windowMs);
    if (!isNextWindow(this.#window, window)) return;
    // If the clock was set back, what was used before still counts, in the window that the clock shows now.
    if (window > this.#window) this.#used = 0;
    this.#window = window;
  }
}

/**
 * A token bucket: GCRA with weights. It keeps levels instead of an arrival time, because reservations may be returned.
 * The bucket drains what is settled before what is only held. What may have drained of a reservation cannot be
 * returned, since a late refund would admit more than the burst. Source: GCRA, ITU-T I.371; weighted as in
 * https://jameslao.com/post/gcra-burst-limit.
 */
export class BucketCounter implements LimitCounter {
  #msPerUnit: number;
  #at = 0;
  #settled = 0;
  #held = 0;
  /** How much of the held amounts has drained since the beginning. */
  #drained = 0;

  constructor(
    limit: number,
    readonly windowMs: number,
    public burst: number,
  ) {
    this.#msPerUnit = windowMs / limit;
  }

  /** Changes the limit. What was counted is kept. */
  resize(limit: number, burst: number): void {
    this.#msPerUnit = this.windowMs / limit;
    this.burst = burst;
  }

  used(now: number): number {
    this.#drain(now);
    return this.#settled + this.#held;
  }

  wait(amount: number, now: number): number {
    if (amount > this.burst) return Number.POSITIVE_INFINITY;
    this.#drain(now);
    // Rounding errors of the division must not refuse a full burst.
    const excess = (this.#settled + this.#held + amount - this.burst) * this.#msPerUnit;
    return excess <= 1e-3 ? 0 : excess;
  }

  take(amount: number, now: number): number {
    this.#drain(now);
    this.#held += amount;
    return this.#drained;
  }

  settle(reserved: number, actual: number, stamp: number, now: number): void {
    this.#drain(now);
    const gone = Math.min(reserved, this.#drained - stamp);
    this.#held = Math.max(0, this.#held - (reserved - gone));
    this.#settled += Math.max(0, actual - gone);
  }

  #drain(now: number): void {
    // If the clock was set back by more than a window, draining continues from there.
    if (now < this.#at - this.windowMs) this.#at = now;
    if (now <= this.#at) return;
    const room = (now - this.#at) / this.#msPerUnit;
    this.#at = now;
    const settled = Math.min(this.#settled, room);
    const held = Math.min(this.#held, room - settled);
    this.#settled -= settled;
    this.#held -= held;
    this.#drained += held;
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
