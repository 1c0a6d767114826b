import type { RetryBudgetOptions } from "@modelyard/core/kit";
import { RollingCounts } from "./rolling-counts.js";

const windowMs = 10_000;

/**
 * Keeps retries from multiplying the load during an outage: within 10 seconds, retries are limited to a fraction of the requests plus a
 * fixed minimum. See "The Site Reliability Workbook", chapter "Handling Overload", and Finagle's RetryBudget.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #floor: number;
  /** Requests as the first count, retries as the second. */
  readonly #counts = new RollingCounts(windowMs, 10);

  constructor({ share, floorPerSecond }: Required<RetryBudgetOptions>) {
    this.#share = share;
    this.#floor = floorPerSecond * (windowMs / 1000);
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
