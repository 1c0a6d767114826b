import { boundedWait, type HeaderReader, parseReset, type WaitMs } from "@modelyard/core";

/** One family of headers: where a quota's remaining amount and its reset are written. */
interface QuotaHeaders {
  readonly remaining: string;
  readonly reset: string;
}

const suffixes = [
  "",
  "-requests",
  "-tokens",
  "-requests-minute",
  "-tokens-minute",
  "-requests-hour",
  "-tokens-hour",
  "-requests-day",
  "-tokens-day",
  "-tokens-per-minute",
  "-tokens-per-day",
] as const;

/**
 * Names in use. Sources: https://platform.openai.com/docs/guides/rate-limits (also Groq),
 * https://inference-docs.cerebras.ai/support/rate-limits (per day and minute),
 * https://docs.digitalocean.com/products/inference (per day and minute, as Unix seconds),
 * https://openrouter.ai/docs/api-reference/limits (Unix milliseconds),
 * https://platform.claude.com/docs/en/api/rate-limits (RFC 3339), and the IETF's draft `ratelimit-headers`.
 */
const quotas: readonly QuotaHeaders[] = [
  ...suffixes.map((suffix) => ({ remaining: `x-ratelimit-remaining${suffix}`, reset: `x-ratelimit-reset${suffix}` })),
  { remaining: "ratelimit-remaining", reset: "ratelimit-reset" },
  { remaining: "x-rate-limit-remaining", reset: "x-rate-limit-reset" },
  ...["requests", "tokens", "input-tokens", "output-tokens", "unified"].map((name) => ({
    remaining: `anthropic-ratelimit-${name}-remaining`,
    reset: `anthropic-ratelimit-${name}-reset`,
  })),
];

/** Nothing is left. Azure writes `-1` for tokens that it does not know, so a negative number says nothing. */
function isUsedUp(remaining: string | null | undefined): boolean {
  return remaining != null && /^\s*0+(?:\.0+)?\s*$/u.test(remaining);
}

/**
 * The wait until the quotas that are used up are full again, where a vendor refuses a call without saying when to come
 * back. A reset without a remaining amount counts when no quota is known to be used up.
 */
export function waitUntilReset(header: HeaderReader, now: number): WaitMs | undefined {
  let usedUp: number | undefined;
  let unknown: number | undefined;
  for (const names of quotas) {
    const reset = header(names.reset);
    if (reset == null) continue;
    const ms = parseReset(reset, now);
    if (ms === undefined) continue;
    const remaining = header(names.remaining);
    if (isUsedUp(remaining)) usedUp = Math.max(usedUp ?? 0, ms);
    else if (remaining == null) unknown = Math.max(unknown ?? 0, ms);
  }
  return boundedWait(usedUp ?? unknown);
}
