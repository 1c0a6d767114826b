import { type CallOptions, callerBounds, type ErrorKind, longestWaitMs, type RouterConfig } from "@modelyard/core";
import { type RetryAllowance, retryAllowance, type RetrySettings } from "@modelyard/policies";

type Limited = "maxFallbacks" | "maxAttempts" | "deadlineMs" | "holdBackEvents";

/** The field that sets each option, and the highest value that a client may give it. */
const ceilings: Readonly<Record<Limited, { readonly field: string; readonly unset: number }>> = {
  maxFallbacks: { field: "max_fallbacks", unset: callerBounds.groups },
  // Without a setting there is nothing to raise: `max_attempts` can only lower what retries and fallbacks allow.
  maxAttempts: { field: "max_attempts", unset: Number.POSITIVE_INFINITY },
  deadlineMs: { field: "deadline", unset: longestWaitMs },
  holdBackEvents: { field: "hold_back_events", unset: callerBounds.heldEvents },
};
const limited = Object.keys(ceilings) as readonly Limited[];

/** A client's options, none above what the operator allows, and the fields that were lowered. */
export interface CappedOptions {
  readonly options: CallOptions;
  readonly capped: readonly string[];
}

export const nothingCapped: readonly string[] = Object.freeze([]);

/** Lowers what a client chose to the operator's own values, or to documented ceilings where there are none. */
export function withinCeilings(options: CallOptions, config: RouterConfig): CappedOptions {
  let lowered: { -readonly [Key in Limited]?: number } | undefined;
  for (const name of limited) {
    const wanted = options[name];
    if (wanted === undefined) continue;
    const most = config[name] ?? ceilings[name].unset;
    if (wanted > most) (lowered ??= {})[name] = most;
  }
  if (lowered === undefined) return { options, capped: nothingCapped };
  const capped = Object.keys(lowered).map((name) => ceilings[name as Limited].field);
  return { options: { ...options, ...lowered }, capped };
}

/** Retries after one failure: a client's own count lowers what is configured for it and never raises it. */
export function clientAllowance(
  { request = 0, ...settings }: RetrySettings,
  configured: boolean,
  kind: ErrorKind,
): RetryAllowance & { readonly capped: boolean } {
  const own = retryAllowance({ ...settings, request: undefined }, kind);
  const most = configured || own.byPolicy ? own.retries : callerBounds.retries;
  return { retries: Math.min(request, most), byPolicy: own.byPolicy, capped: request > most };
}
