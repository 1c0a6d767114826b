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

/** Default timeout, in milliseconds: the same as in OpenAI's clients. */
export const defaultTimeoutMs = 600_000;
/** Default timeout for connecting, in milliseconds. A connection that takes longer rarely succeeds. */
const defaultConnectMs = 10_000;

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
 * @param sources - the narrowest level first: request, deployment, group, router
 */
export function plainTimeouts(sources: readonly (TimeoutSource | undefined)[]): AttemptTimeouts {
  return {
    connectMs: first(sources, (source) => source.timeouts?.connectMs) ?? defaultConnectMs,
    headersMs: first(sources, (source) => source.timeouts?.headersMs),
    firstTokenMs: undefined,
    idleMs: undefined,
    totalMs: first(sources, (source) => source.timeouts?.totalMs ?? source.timeoutMs) ?? defaultTimeoutMs,
  };
}

/** The timeouts of a stream. `streamTimeoutMs` limits the first token and the gaps; only `totalMs` limits the whole stream. */
export function streamTimeouts(sources: readonly (TimeoutSource | undefined)[]): AttemptTimeouts {
  const quiet =
    first(sources, (source) => source.streamTimeoutMs) ??
    first(sources, (source) => source.timeoutMs) ??
    defaultTimeoutMs;
  return {
    connectMs: first(sources, (source) => source.timeouts?.connectMs) ?? defaultConnectMs,
    headersMs: first(sources, (source) => source.timeouts?.headersMs),
    firstTokenMs: first(sources, (source) => source.timeouts?.firstTokenMs ?? source.streamTimeoutMs) ?? quiet,
    idleMs: first(sources, (source) => source.timeouts?.idleMs ?? source.streamTimeoutMs) ?? quiet,
    totalMs: first(sources, (source) => source.timeouts?.totalMs),
  };
}
