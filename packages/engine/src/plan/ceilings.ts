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

/** What clients may ask for with a configuration: what it says, or documented ceilings where it says nothing. */
export function ceilingsOf(written: RouterConfig): readonly Ceiling[] {
  return rowsAt("call").flatMap(([name, { call, group }]) => {
    // What groups may set as well is known when a deployment has failed: see `clientAllowance`.
    if (call?.ceiling === undefined || group !== undefined) return [];
    const most = (settingIn(written, name) as number | undefined) ?? call.ceiling;
    return [{ name: name as keyof CallOptions, field: call.body?.[0] ?? name, most }];
  });
}

interface Lowered {
  /** The values to take instead. */
  readonly options: CallOptions;
  /** The fields of a body that were lowered. */
  readonly fields: readonly string[];
}

/**
 * Finds what a client chose that is above its ceiling.
 * @returns `undefined`, without any allocation, when nothing is too high
 */
export function aboveCeilings(options: CallOptions, ceilings: readonly Ceiling[]): Lowered | undefined {
  let lowered: { readonly options: Record<string, unknown>; readonly fields: string[] } | undefined;
  for (let index = 0; index < ceilings.length; index += 1) {
    const ceiling = ceilings[index] as Ceiling;
    const asked = options[ceiling.name];
    // The bound is read last: an interpreter makes a new object of each number that may be a fraction (bench/src/guard).
    if (asked === undefined || (asked as number) <= ceiling.most) continue;
    const { name, field, most } = ceiling;
    lowered ??= { options: {}, fields: [] };
    lowered.options[name] = most;
    lowered.fields.push(field);
  }
  return lowered;
}

/** Retries after one failure: a client's own count lowers what is configured for it and never raises it. */
export function clientAllowance(
  { request = 0, ...others }: RetrySettings,
  configured: boolean,
  kind: ErrorKind,
): RetryAllowance & { readonly capped: boolean } {
  const own = retryAllowance({ ...others, request: undefined }, kind);
  const most = configured || own.byPolicy ? own.retries : settings.numRetries.call.ceiling;
  return { retries: Math.min(request, most), byPolicy: own.byPolicy, capped: request > most };
}
