/** What a measurement was like over all requests. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** The 101 exact quantiles from 0 to 1 in steps of a hundredth, for plots. Empty if there are no values. */
  readonly percentiles: readonly number[];
}

/**
 * The exact quantile: the smallest value that at least this share of all values does not exceed (nearest rank).
 * @param sorted - in ascending order
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Exact figures for a list of values. */
export function distribution(values: readonly number[]): Distribution {
  const sorted = Float64Array.from(values).toSorted();
  let sum = 0;
  for (const value of sorted) sum += value;
  return {
    count: sorted.length,
    mean: sorted.length === 0 ? Number.NaN : sum / sorted.length,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    max: quantile(sorted, 1),
    percentiles:
      sorted.length === 0 ? [] : Array.from({ length: 101 }, (_, percent) => quantile(sorted, percent / 100)),
  };
}

/** Jain's index of fairness: 1 if all have the same, 1/n if one has everything. */
export function jain(values: readonly number[]): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}
