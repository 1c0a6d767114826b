import type { CallOptions, ErrorKind, RouterConfig } from "@modelyard/core";
import { rowsAt, settingIn, settings } from "@modelyard/core/settings";
import { type RetryAllowance, retryAllowance, type RetrySettings } from "@modelyard/policies";

/** The most that a client may ask for of one option. */
export interface Ceiling {
  readonly name: keyof CallOptions;
  /** The field of a body that sets it. */
  readonly field: string;
  readonly most: number;
}

/** What clients may ask for: what the configuration sets, or documented ceilings if it sets nothing. */
export function ceilingsOf(written: RouterConfig): readonly Ceiling[] {
  return rowsAt("call").flatMap(([name, { call, group }]) => {
    // Settings that groups may set are known only when a deployment has failed: see `clientAllowance`.
    if (call?.ceiling === undefined || group !== undefined) return [];
    const most = (settingIn(written, name) as number | undefined) ?? call.ceiling;
    return [{ name: name as keyof CallOptions, field: call.body?.[0] ?? name, most }];
  });
}

/** Retries after one failure. A client's number can lower the configured one, but not raise it. */
export function clientAllowance(
  { request = 0, ...others }: RetrySettings,
  configured: boolean,
  kind: ErrorKind,
): RetryAllowance & { readonly capped: boolean } {
  const own = retryAllowance({ ...others, request: undefined }, kind);
  const most = configured || own.byPolicy ? own.retries : settings.numRetries.call.ceiling;
  return { retries: Math.min(request, most), byPolicy: own.byPolicy, capped: request > most };
}
