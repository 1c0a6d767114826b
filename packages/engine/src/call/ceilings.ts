import { type CallOptions, callerBounds, type ErrorKind, longestWaitMs, type RouterConfig } from "@modelyard/core";
import { type RetryAllowance, retryAllowance, type RetrySettings } from "@modelyard/policies";

/** The options with a ceiling, and the fields of a body that set them. */
const fields = {
  maxFallbacks: "max_fallbacks",
  maxAttempts: "max_attempts",
  deadlineMs: "deadline",
  holdBackEvents: "hold_back_events",
} as const;

type Lowered = { -readonly [Name in keyof typeof fields]?: number };

/**
 * Finds what a client chose that is above the operator's own values, or above documented ceilings where there are none.
 * @returns the values to take instead; `undefined`, without any allocation, when nothing is too high
 */
export function aboveCeilings(options: CallOptions, config: RouterConfig): Lowered | undefined {
  const { maxFallbacks = 0, maxAttempts = 0, deadlineMs = 0, holdBackEvents = 0 } = options;
  let lowered: Lowered | undefined;
  const mostFallbacks = config.maxFallbacks ?? callerBounds.groups;
  if (maxFallbacks > mostFallbacks) (lowered ??= {}).maxFallbacks = mostFallbacks;
  // Without a setting there is nothing to raise: `max_attempts` can only lower what retries and fallbacks allow.
  const mostAttempts = config.maxAttempts ?? maxAttempts;
  if (maxAttempts > mostAttempts) (lowered ??= {}).maxAttempts = mostAttempts;
  const mostMs = config.deadlineMs ?? longestWaitMs;
  if (deadlineMs > mostMs) (lowered ??= {}).deadlineMs = mostMs;
  const mostHeld = config.holdBackEvents ?? callerBounds.heldEvents;
  if (holdBackEvents > mostHeld) (lowered ??= {}).holdBackEvents = mostHeld;
  return lowered;
}

/** The fields of a body that were lowered. */
export function fieldsOf(lowered: Lowered): readonly string[] {
  return Object.keys(lowered).map((name) => fields[name as keyof typeof fields]);
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
