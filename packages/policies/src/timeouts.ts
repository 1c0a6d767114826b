import type { Timeouts } from "@modelyard/core";

/** Timeout settings of one level: a request, a deployment, a group or the router. */
export interface TimeoutSource {
  readonly timeoutMs?: number | undefined;
  readonly streamTimeoutMs?: number | undefined;
  readonly timeouts?: Timeouts | undefined;
}

/** Timeouts of one attempt, in milliseconds. `undefined`: no timeout. */
export interface AttemptTimeouts {
  readonly connectMs: number | undefined;
  readonly headersMs: number | undefined;
  readonly firstTokenMs: number | undefined;
  readonly idleMs: number | undefined;
  readonly totalMs: number | undefined;
}

function first(
  sources: readonly (TimeoutSource | undefined)[],
  read: (source: TimeoutSource) => number | undefined,
): number | undefined {
  for (const source of sources) {
    const value = source === undefined ? undefined : read(source);
    if (value !== undefined) return value;
  }
  return undefined;
}

/**
 * The timeouts of a plain call.
 * @param sources - the narrowest level first: request, deployment, group, and the router with its defaults filled in
 */
export function plainTimeouts(sources: readonly (TimeoutSource | undefined)[]): AttemptTimeouts {
  return {
    connectMs: first(sources, (source) => source.timeouts?.connectMs),
    headersMs: first(sources, (source) => source.timeouts?.headersMs),
    firstTokenMs: undefined,
    idleMs: undefined,
    totalMs: first(sources, (source) => source.timeouts?.totalMs ?? source.timeoutMs),
  };
}

/**
 * The timeouts of a stream. `streamTimeoutMs` limits the first token and the gaps; only `totalMs` limits the whole
 * stream.
 */
export function streamTimeouts(sources: readonly (TimeoutSource | undefined)[]): AttemptTimeouts {
  const quiet = first(sources, (source) => source.streamTimeoutMs) ?? first(sources, (source) => source.timeoutMs);
  return {
    connectMs: first(sources, (source) => source.timeouts?.connectMs),
    headersMs: first(sources, (source) => source.timeouts?.headersMs),
    firstTokenMs: first(sources, (source) => source.timeouts?.firstTokenMs ?? source.streamTimeoutMs) ?? quiet,
    idleMs: first(sources, (source) => source.timeouts?.idleMs ?? source.streamTimeoutMs) ?? quiet,
    totalMs: first(sources, (source) => source.timeouts?.totalMs),
  };
}
