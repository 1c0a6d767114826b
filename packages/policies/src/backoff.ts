/** Longest wait between two attempts that we choose ourselves, in milliseconds. */
const longestBackoffMs = 8_000;
/** First wait, in milliseconds; doubled for each further retry. */
const firstBackoffMs = 500;
/** Random part added to every wait, in milliseconds. */
const jitterMs = 750;
/** A vendor's `Retry-After` above this is not waited for. */
export const longestRetryAfterMs = 60_000;

export interface BackoffInput {
  /** Retries made so far in this group: 0 before the first. */
  readonly retries: number;
  /** Least wait that was configured, in milliseconds. */
  readonly leastMs: number;
  /** What the vendor asked for, in milliseconds; wins when it can be waited for. */
  readonly retryAfterMs: number | undefined;
  /** Uniform in [0, 1). */
  readonly chance: number;
}

/**
 * Milliseconds to wait before the same deployments are asked again: exponential, with jitter on top, unless the vendor
 * said how long. Source of the idea: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffMs({ retries, leastMs, retryAfterMs, chance }: BackoffInput): number {
  const jitter = jitterMs * chance;
  if (retryAfterMs !== undefined && retryAfterMs > 0 && retryAfterMs <= longestRetryAfterMs)
    return retryAfterMs + jitter;
  return Math.min(Math.max(firstBackoffMs * 2 ** Math.min(retries, 10), leastMs), longestBackoffMs) + jitter;
}
