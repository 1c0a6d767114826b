import { boundedCount, boundedWait, type Count, type WaitMs } from "./bounded.js";
import type { HeaderReader } from "./retry-after.js";

/**
 * One quota as a vendor reports it. {@link readQuota} reads it from headers. Unknown parts are `undefined`. The router
 * bounds the values that it uses.
 */
export interface QuotaReport {
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  /** The time until the quota is full again, in milliseconds from the answer. */
  readonly resetMs: number | undefined;
}

/** What the headers of one answer say about the vendor's limits. */
export interface RateLimitReport {
  readonly requests: QuotaReport | undefined;
  readonly tokens: QuotaReport | undefined;
}

const duration =
  /^(?:(?<hours>\d+(?:\.\d+)?)h)?(?:(?<minutes>\d+(?:\.\d+)?)m(?!s))?(?:(?<seconds>\d+(?:\.\d+)?)s)?(?:(?<ms>\d+(?:\.\d+)?)ms)?$/u;

/** From these numbers on it is a Unix time, in seconds or in milliseconds, since no quota lasts for thirty years. */
const unixSeconds = 1e9;
const unixMs = 1e12;

function numberToMs(value: number, now: number): number {
  if (value >= unixMs) return Math.max(0, value - now);
  return value >= unixSeconds ? Math.max(0, value * 1000 - now) : value * 1000;
}

/**
 * Reads a reset header in any known format: durations as in Go (`6m0s`, `12ms`), seconds (`37`), a Unix time in seconds
 * or milliseconds, or an RFC 3339 time.
 * @returns milliseconds until the limit is full again, at most `longestWaitMs`; `undefined` if it is negative or
 * unreadable
 */
export function parseReset(text: string, now: number): WaitMs | undefined {
  const trimmed = text.trim();
  if (/^\d+(?:\.\d+)?$/u.test(trimmed)) return boundedWait(numberToMs(Number(trimmed), now));
  const parts = trimmed === "" ? undefined : duration.exec(trimmed)?.groups;
  if (parts !== undefined) {
    const { hours = "0", minutes = "0", seconds = "0", ms = "0" } = parts;
    return boundedWait(Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(ms));
  }
  const date = /^\d{4}-\d\d-\d\dT/u.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return boundedWait(Math.max(0, date - now));
}

/** A count from a header. `undefined` if it is negative (for "unknown"), absent, absurd or unreadable. */
function parseCount(text: string | null | undefined): Count | undefined {
  if (text == null || !/^\s*\d+\s*$/u.test(text)) return undefined;
  return boundedCount(Number(text));
}

/**
 * One quota from three headers.
 * @param names - of the headers for the limit, the remaining quota and the reset
 */
export function readQuota(
  header: HeaderReader,
  names: { readonly limit: string; readonly remaining: string; readonly reset: string },
  now: number,
): QuotaReport | undefined {
  const limit = parseCount(header(names.limit));
  const remaining = parseCount(header(names.remaining));
  const reset = header(names.reset);
  const resetMs = reset == null ? undefined : parseReset(reset, now);
  return limit === undefined && remaining === undefined ? undefined : { limit, remaining, resetMs };
}
