import { type Setting, settings } from "@modelyard/core/settings";
import type { Path } from "./path.js";
import { type CacheType, countingPaths } from "./setting-values.js";

/** A part of the file that can hold settings. */
export type SettingPlace =
  | { readonly at: "router" }
  | { readonly at: "group"; readonly group: string }
  /** An entry of `model_list`, by position. */
  | { readonly at: "deployment"; readonly entry: number };

function baseOf(place: SettingPlace): Path {
  if (place.at === "group") return ["router_settings", "model_group_settings", place.group];
  return place.at === "deployment" ? ["model_list", place.entry] : [];
}

/**
 * The paths at which a file can set a setting, ordered by precedence. Empty if the setting cannot be set at this place.
 * @param name - a name from the table of settings, e.g. `slowStartMs` or `timeouts.connectMs`
 */
export function filePathsOf(name: string, place: SettingPlace, cache: CacheType = "memory"): readonly Path[] {
  const setting: Setting | undefined = Object.hasOwn(settings, name)
    ? settings[name as keyof typeof settings]
    : undefined;
  const base = baseOf(place);
  return countingPaths(setting?.[place.at] ?? [], cache).map((path) => [...base, ...path.split(".")]);
}
