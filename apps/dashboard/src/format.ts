export function duration(ms: number): string {
  if (ms < 1_000) return `${String(Math.round(ms))} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`;
}

export function count(value: number): string {
  if (value < 10_000) return String(Math.round(value));
  return value < 1e6 ? `${oneDigit(value / 1e3)}k` : `${oneDigit(value / 1e6)}M`;
}

function oneDigit(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function money(usd: number): string {
  if (usd === 0) return "$0";
  return usd < 0.000_05 ? "<$0.0001" : `$${usd.toFixed(usd < 0.01 ? 4 : 2)}`;
}

export function time(at: number): string {
  return new Date(at).toLocaleTimeString();
}

export function percent(part: number, whole: number): string {
  if (whole === 0) return "–";
  const rounded = Math.round((100 * part) / whole);
  return rounded === 0 && part > 0 ? "<1%" : `${String(rounded)}%`;
}

/** @param noun - in the singular */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Whether any of the texts contains all words of a filter. */
export function matches(filter: string, ...texts: readonly (string | undefined)[]): boolean {
  const text = texts.join(" ").toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => text.includes(word));
}
