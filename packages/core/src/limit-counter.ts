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

/**
 * Whether counting goes on in another calendar window than before. A clock that goes back by one window counts on in the
 * later one, so that no window is granted twice; one that was set back further must not hold a limit closed until it
 * catches up.
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
    // What was used before the clock was set back still counts, in the window that it shows now.
    if (window > this.#window) this.#used = 0;
    this.#window = window;
  }
}

/**
 * A token bucket: GCRA with weights, kept as levels in place of an arrival time, since what is reserved may be given
 * back. The bucket drains what is settled before what is only held; what may have drained of a reservation cannot be
 * given back, or a late refund would admit more than the burst.
 * Source: GCRA, ITU-T I.371; weighted as in https://jameslao.com/post/gcra-burst-limit.
 */
export class BucketCounter implements LimitCounter {
  #msPerUnit: number;
  #at = 0;
  #settled = 0;
  #held = 0;
  /** How much of what was held has drained since the beginning. */
  #drained = 0;

  constructor(
    limit: number,
    readonly windowMs: number,
    public burst: number,
  ) {
    this.#msPerUnit = windowMs / limit;
  }

  /** What was counted stays. */
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
    // Rounding of the division above must not turn a full burst away.
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
    // Set back by more than a window: it drains on from there.
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
