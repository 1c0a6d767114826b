import { readQuota, type RateLimitReport, type TransportResponse } from "@modelyard/core/kit";

const quotas = {
  requests: {
    limit: "x-ratelimit-limit-requests",
    remaining: "x-ratelimit-remaining-requests",
    reset: "x-ratelimit-reset-requests",
  },
  tokens: {
    limit: "x-ratelimit-limit-tokens",
    remaining: "x-ratelimit-remaining-tokens",
    reset: "x-ratelimit-reset-tokens",
  },
} as const;

/** The vendor's limits according to the headers; `undefined` if they do not say anything about them. */
export function readRateLimit(response: TransportResponse, now: () => number): RateLimitReport | undefined {
  if (
    response.header(quotas.requests.remaining) === undefined &&
    response.header(quotas.tokens.remaining) === undefined
  )
    return undefined;
  const header = (name: string): string | undefined => response.header(name);
  const at = now();
  return { requests: readQuota(header, quotas.requests, at), tokens: readQuota(header, quotas.tokens, at) };
}
