const minute = 60_000_000;

/** One limit of a vendor, per minute. */
export interface VendorLimit {
  readonly perMinute: number;
  /** `bucket`: it refills continuously. `window`: it is full again at each full minute. @defaultValue `bucket` */
  readonly shape?: "bucket" | "window";
  /** What a full bucket holds. @defaultValue `perMinute` */
  readonly burst?: number;
  /**
   * For windows: their length in milliseconds, with a share of the limit each. Azure checks requests over 1 or 10
   * seconds. @defaultValue 60_000
   */
  readonly windowMs?: number;
}

/** A limit's counter. Times are microseconds, amounts are tokens or requests. */
export interface LimitMeter {
  /** The most that is admitted at once. */
  readonly most: number;
  /** What is left. */
  left(now: number): number;
  /** The wait until `amount` is admitted; 0: now. `Infinity`: never. */
  wait(amount: number, now: number): number;
  take(amount: number, now: number): void;
  /** Corrects what was taken: gives back what was not used, or takes more if the amount is negative. */
  giveBack(amount: number, now: number): void;
  /** The wait until the limit is full again. */
  untilFull(now: number): number;
}

/**
 * A token bucket, as GCRA with weights (ITU-T I.371): one number, the time at which the bucket is full again. An amount
 * is admitted if that is at most `burst` units of time away afterwards.
 */
export class Bucket implements LimitMeter {
  readonly most: number;
  /** The time in which one unit flows back. */
  readonly #unit: number;
  #fullAt = 0;

  constructor(perMinute: number, burst: number) {
    this.most = burst;
    this.#unit = minute / perMinute;
  }

  left(now: number): number {
    return Math.floor(this.most - Math.max(0, this.#fullAt - now) / this.#unit + 1e-9);
  }

  wait(amount: number, now: number): number {
    if (amount > this.most) return Number.POSITIVE_INFINITY;
    const excess = Math.max(now, this.#fullAt) + (amount - this.most) * this.#unit - now;
    // Rounding must not refuse the last unit.
    return excess <= 1 ? 0 : excess;
  }

  take(amount: number, now: number): void {
    this.#fullAt = Math.max(now, this.#fullAt) + amount * this.#unit;
  }

  giveBack(amount: number): void {
    this.#fullAt -= amount * this.#unit;
  }

  untilFull(now: number): number {
    return Math.max(0, this.#fullAt - now);
  }
}

/** Calendar windows. */
export class Window implements LimitMeter {
  readonly most: number;
  readonly #length: number;
  #window = -1;
  #used = 0;

  constructor(perMinute: number, length: number) {
    this.most = (perMinute * length) / minute;
    this.#length = length;
  }

  left(now: number): number {
    this.#turn(now);
    return Math.max(0, this.most - this.#used);
  }

  wait(amount: number, now: number): number {
    this.#turn(now);
    if (amount > this.most) return Number.POSITIVE_INFINITY;
    return this.#used + amount <= this.most ? 0 : this.untilFull(now);
  }

  take(amount: number, now: number): void {
    this.#turn(now);
    this.#used += amount;
  }

  giveBack(amount: number, now: number): void {
    this.#turn(now);
    this.#used = Math.max(0, this.#used - amount);
  }

  untilFull(now: number): number {
    return (Math.floor(now / this.#length) + 1) * this.#length - now;
  }

  #turn(now: number): void {
    const window = Math.floor(now / this.#length);
    if (window === this.#window) return;
    this.#window = window;
    this.#used = 0;
  }
}

/** A meter for a limit. */
export function limitMeter(limit: VendorLimit): LimitMeter {
  const { perMinute, shape = "bucket", burst = perMinute, windowMs = 60_000 } = limit;
  return shape === "bucket" ? new Bucket(perMinute, burst) : new Window(perMinute, windowMs * 1_000);
}
