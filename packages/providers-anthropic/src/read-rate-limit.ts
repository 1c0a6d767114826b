import { type RateLimitReport, readQuota, type TransportResponse } from "@modelyard/core/kit";

function names(quota: string): { readonly limit: string; readonly remaining: string; readonly reset: string } {
  const prefix = `anthropic-ratelimit-${quota}`;
  return { limit: `${prefix}-limit`, remaining: `${prefix}-remaining`, reset: `${prefix}-reset` };
}

const requests = names("requests");
/** The most restrictive of the token limits in force. */
const tokens = names("tokens");
const inputTokens = names("input-tokens");

/** Source: https://platform.claude.com/docs/en/api/rate-limits, response headers. */
export function readRateLimit(response: TransportResponse, now: () => number): RateLimitReport | undefined {
  if (
    response.header(requests.limit) === undefined &&
    response.header(tokens.limit) === undefined &&
    response.header(inputTokens.limit) === undefined
  )
    return undefined;
  const header = (name: string): string | undefined => response.header(name);
  const at = now();
  return {
    requests: readQuota(header, requests, at),
    tokens: readQuota(header, tokens, at) ?? readQuota(header, inputTokens, at),
  };
}
