import { boundedWait, type WaitMs } from "./bounded.js";

/** Reads one header. `null` or `undefined` if it is absent. The `get` method of a `Headers` object fits. */
export type HeaderReader = (name: string) => string | null | undefined;

const number = /^\s*\d+(?:\.\d+)?\s*$/u;

/**
 * How long a vendor asks to wait. Reads `retry-after-ms`, which some vendors send, and otherwise `retry-after`:
 * seconds, which may have fractions, or an HTTP date (RFC 9110, section 10.2.3).
 * @returns milliseconds from `now`, at most `longestWaitMs`; 0 for a date in the past; `undefined` if there is no valid
 * value
 */
export function parseRetryAfter(header: HeaderReader, now: number): WaitMs | undefined {
  const milliseconds = header("retry-after-ms");
  if (milliseconds != null && number.test(milliseconds)) return boundedWait(Number(milliseconds));
  const text = header("retry-after");
  if (text == null) return undefined;
  if (number.test(text)) return boundedWait(Number(text) * 1000);
  const date = /[a-z]/iu.test(text) ? Date.parse(text) : Number.NaN;
  return boundedWait(Math.max(0, date - now));
}
