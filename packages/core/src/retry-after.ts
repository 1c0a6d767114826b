import { boundedWait, type WaitMs } from "./bounded.js";

/** Reads one header; `null` or `undefined` when absent. A `Headers` object's `get` fits. */
export type HeaderReader = (name: string) => string | null | undefined;

const number = /^\s*\d+(?:\.\d+)?\s*$/u;

/**
 * How long a vendor asks to wait, in milliseconds from `now`; `undefined` when it does not say or says nonsense.
 * `retry-after-ms`, which some vendors send, is read before `retry-after`, which is seconds, fractions allowed, or an HTTP date
 * (RFC 9110, section 10.2.3). A date in the past is 0, and a longer wait than `longestWaitMs` becomes that one.
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
