import { PromptCache, type PromptCacheModel } from "../vendor/prompt-cache.js";
import { limitMeter } from "../vendor/vendor-limits.js";
import type { Workload } from "../workload/simulated-request.js";

/**
 * The share of requests that could be served if all deployments shared one bucket, and requests could be refused with
 * hindsight: when the bucket overflows, the largest one is refused that was admitted since it was last full.
 */
export function pooledLimit(options: {
  readonly workload: Workload;
  /** Tokens per minute of all deployments together. */
  readonly perMinute: number;
  /** What all buckets hold together. @defaultValue `perMinute` */
  readonly burst?: number;
}): number {
  const { workload, perMinute, burst = perMinute } = options;
  const bucket = limitMeter({ perMinute, burst });
  /** The charges since the bucket was last full. */
  let admitted: number[] = [];
  let requests = 0;
  let refused = 0;
  for (const request of workload) {
    const now = request.atMs * 1_000;
    const amount = request.inputTokens + (request.maxTokens ?? 0);
    requests += 1;
    if (bucket.untilFull(now) === 0) admitted = [];
    bucket.take(amount, now);
    admitted.push(amount);
    while (bucket.wait(0, now) > 0) {
      const largest = Math.max(...admitted);
      admitted.splice(admitted.indexOf(largest), 1);
      bucket.giveBack(largest, now);
      refused += 1;
    }
  }
  return requests === 0 ? 1 : (requests - refused) / requests;
}

/** The share of prompt tokens that one cache for all deployments would have, at best. */
export function sharedCache(workload: Workload, model: PromptCacheModel): number {
  const cache = new PromptCache(model);
  let cached = 0;
  let tokens = 0;
  for (const { prefix = [], inputTokens, atMs } of workload) {
    const now = atMs * 1_000;
    cached += Math.min(inputTokens - 1, cache.lookUp(prefix, now));
    cache.store(prefix, now);
    tokens += inputTokens;
  }
  return tokens === 0 ? 0 : cached / tokens;
}

/**
 * Fair shares: nobody gets more than they ask for, and what they leave is divided among the others (max-min fairness).
 */
export function fairShares(demands: readonly number[], capacity: number): readonly number[] {
  const order = demands
    .map((_, index) => index)
    .toSorted((left, right) => (demands[left] ?? 0) - (demands[right] ?? 0));
  const shares = demands.map(() => 0);
  let left = capacity;
  for (const [position, index] of order.entries()) {
    const share = Math.min(demands[index] ?? 0, left / (order.length - position));
    shares[index] = share;
    left -= share;
  }
  return shares;
}

/** What a request costs and how long it takes at one deployment. */
export interface CostAndTime {
  readonly cost: number;
  readonly time: number;
}

/**
 * The best possible trade-offs between total cost and total time, if each request could go anywhere without slowing down
 * others: the corners of the lower convex hull, from the cheapest to the fastest.
 * @param choices - for each request, what it would cost at each deployment
 */
export function costFrontier(choices: readonly (readonly CostAndTime[])[]): readonly CostAndTime[] {
  // At a corner, each request minimizes cost + price * time. The choice of a request changes only at some prices.
  const prices = new Set<number>([0]);
  for (const places of choices)
    for (const one of places)
      for (const other of places) {
        const price = (other.cost - one.cost) / (one.time - other.time);
        if (price > 0 && Number.isFinite(price)) prices.add(price);
      }
  const corners: CostAndTime[] = [];
  for (const price of [...prices].toSorted((left, right) => left - right)) {
    let cost = 0;
    let time = 0;
    for (const places of choices) {
      // Among equals the faster one, which is the next corner.
      const best = places.reduce((least, place) => {
        const difference = place.cost - least.cost + price * (place.time - least.time);
        const isBetter = Math.abs(difference) < 1e-12 ? place.time < least.time : difference < 0;
        return isBetter ? place : least;
      });
      cost += best.cost;
      time += best.time;
    }
    const last = corners.at(-1);
    if (last === undefined || time < last.time) corners.push({ cost, time });
  }
  return corners;
}
