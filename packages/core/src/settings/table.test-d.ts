import type { CacheControls, CallOptions } from "../call-options.js";
import type { CacheOptions, DeploymentOptions, GroupOptions, RetryBudgetOptions, RouterConfig } from "../config.js";
import type { Capabilities, Timeouts } from "../deployment.js";
import type { KindValues, Place } from "./setting.js";
import type { Settings } from "./table.js";

type Under<Shape, Prefix extends string> = {
  readonly [Key in keyof Shape & string as `${Prefix}${Key}`]-?: NonNullable<Shape[Key]>;
};

/** What the options at each place hold, by the names of rows. */
interface Values {
  readonly router: Under<RouterConfig, ""> &
    Under<CacheOptions, "cache."> &
    Under<RetryBudgetOptions, "retryBudget."> &
    Under<Timeouts, "timeouts.">;
  readonly group: Under<GroupOptions, ""> & Under<Timeouts, "timeouts.">;
  readonly deployment: Under<DeploymentOptions, ""> &
    Under<Timeouts, "timeouts."> &
    Under<Capabilities, "capabilities.">;
  readonly call: Under<CallOptions, ""> &
    Under<Timeouts, "timeouts."> &
    Under<CacheControls, "cache."> &
    Under<NonNullable<CallOptions["clientAuth"]>, "clientAuth.">;
}

type NamesAt<At extends Place> = {
  [Name in keyof Settings]: Settings[Name] extends Record<At, unknown> ? Name : never;
}[keyof Settings];

/** Rows that claim a place whose options have no such key. */
type Misplaced = { [At in Place]: Exclude<NamesAt<At>, keyof Values[At]> }[Place];

type KindAt<Row, At extends Place> = At extends "call"
  ? Row extends { readonly call: { readonly kind: infer Kind } }
    ? Kind
    : Row extends { readonly kind: infer Kind }
      ? Kind
      : never
  : Row extends { readonly kind: infer Kind }
    ? Kind
    : never;

/** Rows whose kind makes values that the option cannot hold. */
type Mismatched<At extends Place> = {
  [Name in NamesAt<At> & keyof Values[At]]: KindAt<Settings[Name], At> extends infer Kind extends keyof KindValues
    ? Kind extends "object" | "objectOrOff" | "choice"
      ? never
      : KindValues[Kind] extends Values[At][Name] | undefined
        ? never
        : Name
    : Name;
}[NamesAt<At> & keyof Values[At]];

type Never<Wrong> = [Wrong] extends [never] ? true : Wrong;

export const noneIsMisplaced: Never<Misplaced> = true;
export const routerKindsFit: Never<Mismatched<"router">> = true;
export const groupKindsFit: Never<Mismatched<"group">> = true;
export const deploymentKindsFit: Never<Mismatched<"deployment">> = true;
export const callKindsFit: Never<Mismatched<"call">> = true;
