/** Longest wait between two attempts that we choose ourselves, in milliseconds. */
const longestBackoffMs = 8_000;
/** First wait, in milliseconds; doubled for each further retry. */
const firstBackoffMs = 500;
/** Random part added to every wait, in milliseconds. */
const jitterMs = 750;
/** A vendor's `Retry-After` above this is not waited for, even when nothing else can serve. */
export const longestRetryAfterMs = 60_000;
/** Longest wait in a group that has a fallback, when the operator names no other. */
export const defaultMaxRetryWaitMs = 5_000;

export interface BackoffInput {
  /** Retries made so far in this group: 0 before the first. */
  readonly retries: number;
  /** Least wait that was configured, in milliseconds. */
  readonly leastMs: number;
  /** What the vendor asked for, in milliseconds; above 0 it wins. */
  readonly retryAfterMs: number | undefined;
}

/**
 * Milliseconds to wait before the same deployments are asked again: exponential, unless the vendor said how long.
 * {@link retryJitterMs} comes on top. Source of the idea: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffMs({ retries, leastMs, retryAfterMs }: BackoffInput): number {
  if (retryAfterMs !== undefined && retryAfterMs > 0) return retryAfterMs;
  return Math.min(Math.max(firstBackoffMs * 2 ** Math.min(retries, 10), leastMs), longestBackoffMs);
}

/** The random part of a wait, in milliseconds. @param chance - uniform in [0, 1) */
export function retryJitterMs(chance: number): number {
  return jitterMs * chance;
}
