/**
 * Numbers from outside, that is, from vendors, callers, stores, files and clocks. They are never trusted. Each kind of
 * number has one reader here, and a type that only this reader creates, so that values of the type are safe to add,
 * compare, format and pass on.
 */
declare const kind: unique symbol;
type Bounded<Kind extends string> = number & { readonly [kind]: Kind };

/** A duration in milliseconds: finite, at least 0 and at most {@link longestWaitMs}. */
export type WaitMs = Bounded<"wait">;
/** Milliseconds since the Unix epoch, inside the range of `Date`, so that formatting it cannot throw. */
export type Instant = Bounded<"instant">;
/** How long something is stored, in milliseconds: above 0 and at most {@link longestTtlMs}. */
export type TtlMs = Bounded<"ttl">;
/** A number of tokens or items: finite, at least 0 and at most {@link largestCount}. */
export type Count = Bounded<"count">;
/** A price in US dollars, per token or per item: finite, at least 0 and at most {@link largestPrice}. */
export type Price = Bounded<"price">;

/** One day. A vendor's limit that lasts longer requires action, and no caller waits that long. */
export const longestWaitMs = 86_400_000;
/** One year. Longer times would mean storing indefinitely, which no cache guarantees. */
export const longestTtlMs = 365 * 86_400_000;
/** More tokens than any model reads or writes in one call: the largest known window is below ten million. */
export const largestCount = 1_000_000_000;
/** US dollars. Catalog prices are below a thousandth of a dollar per token; items such as images are below ten. */
export const largestPrice = 1_000;
/** The last instant that `Date` can represent. Source: ECMA-262, "Time Values and Time Range". */
const lastInstant = 8.64e15;

/**
 * A requested wait, such as a vendor's `Retry-After`. Longer waits, `Infinity` included, become {@link longestWaitMs}.
 * Returns `undefined` for anything that is not a number of at least 0.
 */
export function boundedWait(ms: unknown): WaitMs | undefined {
  return typeof ms === "number" && ms >= 0 ? (Math.min(ms, longestWaitMs) as WaitMs) : undefined;
}

/**
 * A time that another process or a store names, such as the end of a cooldown. It becomes at most `now` plus
 * {@link longestWaitMs}. Returns `undefined` for anything that is not a number of at least 0.
 */
export function boundedInstant(at: unknown, now: number): Instant | undefined {
  if (typeof at !== "number" || !(at >= 0)) return undefined;
  return Math.min(at, now + longestWaitMs, lastInstant) as Instant;
}

/**
 * How long something is to be stored. Longer times, `Infinity` included, become {@link longestTtlMs}. Returns
 * `undefined` for anything that is not a number above 0; then nothing is stored.
 */
export function boundedTtl(ms: unknown): TtlMs | undefined {
  return typeof ms === "number" && ms > 0 ? (Math.min(ms, longestTtlMs) as TtlMs) : undefined;
}

/** A count that a vendor reports. Returns `undefined` for anything that cannot be one: negative or absurdly large. */
export function boundedCount(value: unknown): Count | undefined {
  return typeof value === "number" && value >= 0 && value <= largestCount ? (value as Count) : undefined;
}

/**
 * Tokens of an answer that only the sum of a vendor's usage counts: some do not include what their models thought in the
 * tokens of the completion. A sum that is higher by just what was read from or written to a cache says nothing of the answer.
 * Sources: https://docs.x.ai/docs/key-information/consumption-and-rate-limits, https://github.com/vercel/ai/pull/12425.
 */
export function uncountedOutput(total: unknown, prompt: number, completion: number, cached: number): number {
  const missing = (boundedCount(total) ?? 0) - prompt - completion;
  return missing > 0 && missing !== cached ? missing : 0;
}

/** A price that a file names. Returns `undefined` for anything that cannot be one. */
export function boundedPrice(value: unknown): Price | undefined {
  return typeof value === "number" && value >= 0 && value <= largestPrice ? (value as Price) : undefined;
}

/**
 * Formats an instant for people, as ISO 8601. Never throws: what `Date` cannot represent is shown as a number.
 * @param at - milliseconds since the Unix epoch
 */
export function showInstant(at: number): string {
  return Math.abs(at) <= lastInstant ? new Date(at).toISOString() : `${String(at)} ms since 1970`;
}
