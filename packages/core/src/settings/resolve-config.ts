import type { CacheOptions, RetryBudgetOptions, RouterConfig } from "../config.js";
import type { Timeouts } from "../deployment.js";
import type { Setting } from "./setting.js";
import { partsOf, rowsAt, settingIn, type Settings } from "./table.js";

/** The keys of a type whose rows have a default. */
type DefaultedIn<Shape, Prefix extends string> = {
  [Key in keyof Shape & string]: `${Prefix}${Key}` extends infer Name extends keyof Settings
    ? Settings[Name] extends { readonly default: unknown }
      ? Key
      : never
    : never;
}[keyof Shape & string];

type Filled<Shape, Prefix extends string = ""> = Shape & {
  readonly [Key in DefaultedIn<Shape, Prefix>]-?: NonNullable<Shape[Key]>;
};

/** A configuration with all defaults filled in. */
export interface ResolvedConfig extends Omit<Filled<RouterConfig>, "cache" | "timeouts" | "retryBudget"> {
  readonly cache: Filled<CacheOptions, "cache.">;
  readonly timeouts: Filled<Timeouts, "timeouts.">;
  readonly retryBudget: false | Filled<RetryBudgetOptions, "retryBudget.">;
}

/** The default of a setting. `undefined`: it is not a constant. */
export function defaultOf({ default: value, defaultBeside }: Setting, config: RouterConfig): Setting["default"] {
  const { other, value: beside } = defaultBeside ?? {};
  return other !== undefined && settingIn(config, other) !== undefined ? beside : value;
}

/** Fills in the defaults, once, so that code that reads a configuration needs none of its own. */
export function resolveConfig(config: RouterConfig): ResolvedConfig {
  const resolved: Record<string, unknown> = { ...config };
  for (const [name, setting] of rowsAt("router")) {
    const { kind } = setting;
    const { parent, key } = partsOf(name);
    const value = defaultOf(setting, config);
    if (kind === "object" || kind === "objectOrOff") resolved[name] ??= {};
    if (value === undefined || resolved[parent ?? ""] === false) continue;
    if (parent === undefined) resolved[key] ??= value;
    else {
      const holder = resolved[parent] as Readonly<Record<string, unknown>> | undefined;
      resolved[parent] = { ...holder, [key]: holder?.[key] ?? value };
    }
  }
  return resolved as unknown as ResolvedConfig;
}
