import type { CacheControls, CallOptions } from "../call-options.js";
import type { CacheOptions, DeploymentOptions, GroupOptions, RetryBudgetOptions, RouterConfig } from "../config.js";
import type { Capabilities, Timeouts } from "../deployment.js";
import { affinity } from "./affinity.js";
import { caching } from "./caching.js";
import { candidates } from "./candidates.js";
import { cooldowns } from "./cooldowns.js";
import { deployments } from "./deployments.js";
import { fallbacks } from "./fallbacks.js";
import { names } from "./names.js";
import { requests } from "./requests.js";
import { retries } from "./retries.js";
import type { Place, Setting } from "./setting.js";
import { timeouts } from "./timeouts.js";

/** A row for every key of a type, which applies at these places. */
type RowsFor<Shape, At extends Place, Prefix extends string = ""> = {
  readonly [Key in keyof Shape & string as `${Prefix}${Key}`]-?: Setting & {
    readonly [Where in At]-?: NonNullable<Setting[Where]>;
  };
};

/** Makes the compiler require a row for every key of these types. */
type EveryRow = RowsFor<RouterConfig, "router"> &
  RowsFor<CacheOptions, "router", "cache."> &
  RowsFor<RetryBudgetOptions, "router", "retryBudget."> &
  RowsFor<Timeouts, Place, "timeouts."> &
  RowsFor<GroupOptions, "group"> &
  RowsFor<DeploymentOptions, "deployment"> &
  RowsFor<Capabilities, "deployment", "capabilities."> &
  RowsFor<CallOptions, "call"> &
  RowsFor<CacheControls, "call", "cache."> &
  RowsFor<NonNullable<CallOptions["clientAuth"]>, "call", "clientAuth.">;

/** The settings by topic, in the order of the documentation. */
export const settingGroups = {
  names,
  retries,
  fallbacks,
  timeouts,
  cooldowns,
  candidates,
  affinity,
  requests,
  caching,
  deployments,
} as const;

/**
 * All settings of routers, groups, deployments and calls. The checks of options, the schema of files and their
 * conversion to options, the fields of bodies, headers, `explain` and the tables of the documentation are derived from
 * these rows.
 */
export const settings = {
  ...names,
  ...retries,
  ...fallbacks,
  ...timeouts,
  ...cooldowns,
  ...candidates,
  ...affinity,
  ...requests,
  ...caching,
  ...deployments,
} as const satisfies EveryRow;

export type Settings = typeof settings;
export type SettingName = keyof Settings;

/** All rows, as pairs. */
export const settingRows: readonly (readonly [name: SettingName, setting: Setting])[] = Object.entries<Setting>(
  settings,
) as [SettingName, Setting][];

/** The rows that apply at a place. */
export function rowsAt(place: Place): readonly (readonly [name: SettingName, setting: Setting])[] {
  return settingRows.filter(([, setting]) => setting[place] !== undefined);
}

/** The object that contains a setting, and its key there: `timeouts.connectMs` is `connectMs` in `timeouts`. */
export function partsOf(name: string): { readonly parent: string | undefined; readonly key: string } {
  const dot = name.indexOf(".");
  return dot === -1 ? { parent: undefined, key: name } : { parent: name.slice(0, dot), key: name.slice(dot + 1) };
}

/** The value of a setting in options. `undefined`: it is not set there. */
export function settingIn(options: object | undefined, name: string): unknown {
  const { parent, key } = partsOf(name);
  const holder = parent === undefined ? options : (options as Readonly<Record<string, unknown>> | undefined)?.[parent];
  return typeof holder === "object" && holder !== null ? (holder as Readonly<Record<string, unknown>>)[key] : undefined;
}
