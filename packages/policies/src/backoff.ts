/** Longest exponential wait, in milliseconds. */
const longestBackoffMs = 8_000;
/** First wait, in milliseconds. It doubles with each further retry. */
const firstBackoffMs = 500;
/** Largest random jitter, in milliseconds. */
const jitterMs = 750;
/** A longer `Retry-After` from a vendor is not waited for, even if no other deployment can serve. Milliseconds. */
export const longestRetryAfterMs = 60_000;

export interface BackoffInput {
  /** Retries made so far in this group. 0 before the first one. */
  readonly retries: number;
  /** Configured minimum wait, in milliseconds. */
  readonly leastMs: number;
  /** Wait that the vendor asked for, in milliseconds. If it is above 0, it wins. `undefined`: none. */
  readonly retryAfterMs: number | undefined;
}

/**
 * How long to wait, in milliseconds, before the same deployments are called again: exponential, unless the vendor asked
 * for a wait. Add {@link retryJitterMs}. See "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffMs({ retries, leastMs, retryAfterMs }: BackoffInput): number {
  if (retryAfterMs !== undefined && retryAfterMs > 0) return retryAfterMs;
  return Math.min(Math.max(firstBackoffMs * 2 ** Math.min(retries, 10), leastMs), longestBackoffMs);
}

/** Random jitter to add to a wait, in milliseconds, from 0 to 750. @param random - uniform in [0, 1) */
export function retryJitterMs(random: number): number {
  return jitterMs * random;
}
