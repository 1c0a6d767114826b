import type { RetryBudgetOptions } from "@modelyard/core/kit";

/**
 * Two counts over a sliding time window, which is divided into steps. The current step is in plain fields
 * (docs/internals.md, "A call reads few places in memory").
 */
export class RollingCounts {
  /** The current step, counted from the epoch. -1: nothing has been counted yet. */
  #step = -1;
  #first = 0;
  #second = 0;
  readonly #stepMs: number;
  /** Counts of the previous steps, as a ring. */
  readonly #firsts: number[];
  readonly #seconds: number[];

  /** @param steps - number of steps in `windowMs`; whole, at least 1 */
  constructor(windowMs: number, steps: number) {
    this.#stepMs = windowMs / steps;
    this.#firsts = Array.from({ length: steps }, () => 0);
    this.#seconds = Array.from({ length: steps }, () => 0);
  }

  addFirst(now: number): void {
    this.#turn(now);
    this.#first += 1;
  }

  addSecond(now: number): void {
    this.#turn(now);
    this.#second += 1;
  }

  /** Sums over the current step and the ones before it: the whole window, minus the rest of the current step. */
  sums(now: number): readonly [first: number, second: number] {
    this.#turn(now);
    let first = this.#first;
    let second = this.#second;
    for (const count of this.#firsts) first += count;
    for (const count of this.#seconds) second += count;
    return [first, second];
  }

  clear(): void {
    this.#first = 0;
    this.#second = 0;
    this.#firsts.fill(0);
    this.#seconds.fill(0);
  }

  #turn(now: number): void {
    const step = Math.floor(now / this.#stepMs);
    if (step > this.#step) this.#turnTo(step);
    // If the clock goes back by one step, counting continues in the later step. If it goes back further, all counts are
    // dropped, since they would otherwise stay until the clock catches up.
    else if (step < this.#step - 1) {
      this.clear();
      this.#step = step;
    }
  }

  #turnTo(step: number): void {
    const steps = this.#firsts.length;
    if (this.#step >= 0) {
      this.#firsts[this.#step % steps] = this.#first;
      this.#seconds[this.#step % steps] = this.#second;
    }
    const passed = Math.min(step - this.#step, steps);
    for (let back = 0; back < passed; back += 1) {
      this.#firsts[(step - back) % steps] = 0;
      this.#seconds[(step - back) % steps] = 0;
    }
    this.#step = step;
    this.#first = 0;
    this.#second = 0;
  }
}

/** The window of the retry budget. */
const budgetMs = 10_000;

/**
 * Keeps retries from multiplying the load during an outage: within 10 seconds, retries are limited to a fraction of the
 * requests plus a fixed minimum. See "The Site Reliability Workbook", chapter "Handling Overload", and Finagle's
 * RetryBudget.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #floor: number;
  /** Requests as the first count, retries as the second. */
  readonly #counts = new RollingCounts(budgetMs, 10);

  constructor({ share, floorPerSecond }: Required<RetryBudgetOptions>) {
    this.#share = share;
    this.#floor = floorPerSecond * (budgetMs / 1000);
  }

  request(now: number): void {
    this.#counts.addFirst(now);
  }

  /** Takes one retry from the budget. @returns false if the budget is used up */
  take(now: number): boolean {
    const [requests, retries] = this.#counts.sums(now);
    if (retries + 1 > this.#share * requests + this.#floor) return false;
    this.#counts.addSecond(now);
    return true;
  }
}
