/** @param sorted - in ascending order */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(
    values.toSorted((left, right) => left - right),
    0.5,
  );
}

/** The comparison of two sides over paired measurements. */
export interface PairedRatio {
  /** Geometric mean of the ratios. */
  readonly mean: number;
  /** Standard error of the mean, as a fraction of it. */
  readonly error: number;
}

/** Compares pairs that were measured right after one another, so that other load on the machine cancels out. */
export function pairedRatio(pairs: readonly (readonly [value: number, reference: number])[]): PairedRatio {
  return meanRatio(pairs.map(([value, reference]) => value / reference));
}

/** The mean of independent observations of a ratio. */
export function meanRatio(ratios: readonly number[]): PairedRatio {
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1);
  return { mean: Math.exp(mean), error: Math.sqrt(variance / logs.length) };
}

/** A mean of independent observations. */
export interface Mean {
  readonly mean: number;
  /** Standard error of the mean. `NaN`: there is only one observation. */
  readonly error: number;
}

export function meanOf(values: readonly number[]): Mean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, error: Math.sqrt(variance / values.length) };
}
