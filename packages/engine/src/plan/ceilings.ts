import type { CallOptions, ErrorKind, RouterConfig } from "@modelyard/core";
import { rowsAt, settingIn, settings } from "@modelyard/core/settings";
import { type RetryAllowance, retryAllowance, type RetrySettings } from "@modelyard/policies";

/** The highest value of one option that a client may ask for. */
export interface Ceiling {
  readonly name: keyof CallOptions;
  /** The body field that sets the option. */
  readonly field: string;
  readonly most: number;
}

/** The ceilings for clients: the configured values, or the documented ceilings for settings that are not configured. */
export function ceilingsOf(written: RouterConfig): readonly Ceiling[] {
  return rowsAt("call").flatMap(([name, { call, deployment }]) => {
    // Retries can be set by deployments, too, and are only known once one has failed: see `clientAllowance`.
    if (call?.ceiling === undefined || deployment !== undefined) return [];
    const most = (settingIn(written, name) as number | undefined) ?? call.ceiling;
    return [{ name: name as keyof CallOptions, field: call.body?.[0] ?? name, most }];
  });
}

/** The retries after one failure. A client's own number lowers the configured one, but never raises it. */
export function clientAllowance(
  { request = 0, ...others }: RetrySettings,
  configured: boolean,
  kind: ErrorKind,
): RetryAllowance & { readonly capped: boolean } {
  const own = retryAllowance({ ...others, request: undefined }, kind);
  const most = configured || own.byPolicy ? own.retries : settings.numRetries.call.ceiling;
  return { retries: Math.min(request, most), byPolicy: own.byPolicy, capped: request > most };
}
