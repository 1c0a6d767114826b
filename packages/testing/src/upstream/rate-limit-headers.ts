import type { DialectName } from "./place.js";

export interface ScriptedQuota {
  readonly limit: number;
  readonly remaining: number;
  /** In milliseconds from `now`. */
  readonly resetMs: number;
}

/**
 * A vendor's rate limit headers. Times are in the dialect's format: durations for OpenAI, seconds for Azure, dates for
 * Anthropic.
 * @param now - milliseconds since the epoch
 */
export function rateLimitHeaders(
  dialect: DialectName,
  quotas: { readonly requests?: ScriptedQuota; readonly tokens?: ScriptedQuota },
  now: number,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const name of ["requests", "tokens"] as const) {
    const quota = quotas[name];
    if (quota === undefined) continue;
    const reset = resetOf(dialect, quota.resetMs, now);
    const header = (part: string): string =>
      dialect === "anthropic" ? `anthropic-ratelimit-${name}-${part}` : `x-ratelimit-${part}-${name}`;
    headers[header("limit")] = String(quota.limit);
    headers[header("remaining")] = String(quota.remaining);
    headers[header("reset")] = reset;
  }
  return headers;
}

function resetOf(dialect: DialectName, ms: number, now: number): string {
  if (dialect === "anthropic") return new Date(now + ms).toISOString().replace(/\.\d{3}Z$/u, "Z");
  if (dialect === "azure") return String(Math.ceil(ms / 1000));
  if (ms < 1000) return `${String(ms)}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = `${String((ms % 60_000) / 1000)}s`;
  return minutes === 0 ? seconds : `${String(minutes)}m${seconds}`;
}
