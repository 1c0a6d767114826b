import { type RateLimitReport, readQuota } from "@modelyard/core/kit";
import type { LimitMeter } from "./vendor-limits.js";

/**
 * Whose headers report what is left of the limits. `openai`: durations as in Go. `azure`: whole seconds. `anthropic`:
 * dates, and counts that are rounded to thousands. `none`: no headers, not even `Retry-After`.
 */
export type HeaderDialect = "anthropic" | "azure" | "none" | "openai";

/** The state of a deployment's limits when it answers. */
export interface LimitState {
  readonly requests: LimitMeter | undefined;
  readonly tokens: LimitMeter | undefined;
  readonly now: number;
  /** The time of day, in milliseconds since the epoch. */
  readonly date: number;
}

type Kind = "requests" | "tokens";

const names: Readonly<Record<Exclude<HeaderDialect, "none">, (kind: Kind, part: string) => string>> = {
  openai: (kind, part) => `x-ratelimit-${part}-${kind}`,
  azure: (kind, part) => `x-ratelimit-${part}-${kind}`,
  anthropic: (kind, part) => `anthropic-ratelimit-${kind}-${part}`,
};

/** A duration as Go writes it: `6m0s`, `1s`, `12ms`. */
export function goDuration(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole < 1_000) return `${String(whole)}ms`;
  const seconds = (whole % 60_000) / 1_000;
  const minutes = Math.floor(whole / 60_000);
  const hours = Math.floor(minutes / 60);
  const tail = `${String(seconds)}s`;
  if (hours > 0) return `${String(hours)}h${String(minutes % 60)}m${tail}`;
  return minutes > 0 ? `${String(minutes)}m${tail}` : tail;
}

function resetText(dialect: HeaderDialect, ms: number, date: number): string {
  if (dialect === "openai") return goDuration(ms);
  if (dialect === "azure") return String(Math.ceil(ms / 1_000));
  return new Date(Math.ceil((date + ms) / 1_000) * 1_000).toISOString().replace(".000Z", "Z");
}

/** The headers in which a vendor reports its limits. */
export function limitHeaders(dialect: HeaderDialect, state: LimitState): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  if (dialect === "none") return headers;
  const name = names[dialect];
  const { now, date } = state;
  for (const kind of ["requests", "tokens"] as const) {
    const meter = state[kind];
    if (meter === undefined) continue;
    const left = Math.floor(meter.left(now));
    const rounded = dialect === "anthropic" && kind === "tokens" ? Math.round(left / 1_000) * 1_000 : left;
    headers.set(name(kind, "limit"), String(Math.floor(meter.most)));
    headers.set(name(kind, "remaining"), String(rounded));
    headers.set(name(kind, "reset"), resetText(dialect, meter.untilFull(now) / 1_000, date));
  }
  return headers;
}

/** The same as a provider reads it. */
export function limitReport(dialect: HeaderDialect, state: LimitState): RateLimitReport | undefined {
  if (dialect === "none" || (state.requests === undefined && state.tokens === undefined)) return undefined;
  const headers = limitHeaders(dialect, state);
  const name = names[dialect];
  const read = (kind: Kind): RateLimitReport["tokens"] =>
    readQuota(
      (header) => headers.get(header),
      { limit: name(kind, "limit"), remaining: name(kind, "remaining"), reset: name(kind, "reset") },
      state.date,
    );
  return { requests: read("requests"), tokens: read("tokens") };
}

/** The wait that a vendor writes into `Retry-After`, in milliseconds: whole seconds, except for Azure. */
export function retryAfter(dialect: HeaderDialect, ms: number): number | undefined {
  if (dialect === "none" || ms === Number.POSITIVE_INFINITY) return undefined;
  return dialect === "azure" ? Math.ceil(ms) : Math.ceil(ms / 1_000) * 1_000;
}
