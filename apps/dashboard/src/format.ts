export function duration(ms: number): string {
  return ms < 1_000 ? `${String(Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export function count(value: number): string {
  if (value < 10_000) return String(Math.round(value));
  return value < 1e6 ? `${(value / 1e3).toFixed(1)}k` : `${(value / 1e6).toFixed(1)}M`;
}

export function money(usd: number): string {
  return usd === 0 ? "$0" : `$${usd < 0.01 ? usd.toPrecision(2) : usd.toFixed(2)}`;
}

export function time(at: number): string {
  return new Date(at).toLocaleTimeString();
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${String(Math.round((100 * part) / whole))}%`;
}

/** Whether any of the texts contains all words of a filter. */
export function matches(filter: string, ...texts: readonly (string | undefined)[]): boolean {
  const text = texts.join(" ").toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => text.includes(word));
}
