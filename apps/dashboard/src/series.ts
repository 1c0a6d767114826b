import type { SeenFigures } from "./data.js";

type Series = SeenFigures["series"];

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The mean of the last five minutes. @returns `undefined` if there are no values */
function recent(values: readonly (number | null)[], spanMs: number): number | undefined {
  const found = values.slice(-300_000 / spanMs).filter((value) => value !== null);
  return found.length === 0 ? undefined : sum(found) / found.length;
}

export interface Latency {
  /** What is measured: the first token of streams, else whole answers. */
  readonly name: "time to answer" | "time to first token";
  readonly ms: number | undefined;
  readonly values: readonly (number | null)[];
}

/** The time to the first token if there were streams, else the time to the whole answer. */
export function latencyOf({ spanMs, firstTokenMs, durationMs }: Series): Latency {
  const first = recent(firstTokenMs, spanMs);
  if (first !== undefined) return { name: "time to first token", ms: first, values: firstTokenMs };
  return { name: "time to answer", ms: recent(durationMs, spanMs), values: durationMs };
}

/** The requests of the last minute. */
export function perMinute({ spanMs, attempts }: Series): number {
  return sum(attempts.slice(-60_000 / spanMs));
}
