import { boundedWait, type HeaderReader, parseReset, type WaitMs } from "@modelyard/core/kit";

/** One family of headers: the names of those with a quota's remaining amount and its reset. */
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

/** Nothing is left. Azure writes `-1` for an unknown number of tokens, so negative numbers are ignored. */
function isUsedUp(remaining: string | null | undefined): boolean {
  return remaining != null && /^\s*0+(?:\.0+)?\s*$/u.test(remaining);
}

/** Longer headers are not read, in characters. A policy has about 30. */
const longestPolicies = 1_000;

/**
 * The policies of the header `RateLimit`, by its newest draft (`"api";r=0;t=30, ...`, Hugging Face's too) or an older one
 * (`limit=10, remaining=0, reset=30`). Source: draft-ietf-httpapi-ratelimit-headers, versions 10 and 6.
 */
function policies(header: HeaderReader): readonly { readonly remaining: string | undefined; readonly reset: string }[] {
  const written = header("ratelimit");
  if (written == null || written.length > longestPolicies) return [];
  const older = /\breset=(?<reset>\d{1,9})/iu.exec(written)?.groups?.["reset"];
  if (older !== undefined)
    return [{ remaining: /\bremaining=(?<left>\d{1,12})/iu.exec(written)?.groups?.["left"], reset: older }];
  return written.split(",").flatMap((policy) => {
    const reset = /;\s*t=(?<reset>\d{1,9})/iu.exec(policy)?.groups?.["reset"];
    return reset === undefined
      ? []
      : [{ remaining: /;\s*r=(?<left>\d{1,12})/iu.exec(policy)?.groups?.["left"], reset }];
  });
}

/**
 * The wait until the used-up quotas are reset, for vendors that refuse a call without saying when to retry. If no quota is
 * known to be used up, resets without a remaining amount count.
 */
export function waitUntilReset(header: HeaderReader, now: number): WaitMs | undefined {
  let usedUp: number | undefined;
  let unknown: number | undefined;
  const take = (reset: string | null | undefined, remaining: string | null | undefined): void => {
    const ms = reset == null ? undefined : parseReset(reset, now);
    if (ms === undefined) return;
    if (isUsedUp(remaining)) usedUp = Math.max(usedUp ?? 0, ms);
    else if (remaining == null) unknown = Math.max(unknown ?? 0, ms);
  };
  for (const names of quotas) take(header(names.reset), header(names.remaining));
  for (const { remaining, reset } of policies(header)) take(reset, remaining);
  return boundedWait(usedUp ?? unknown);
}
