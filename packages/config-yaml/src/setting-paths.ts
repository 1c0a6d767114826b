import { type Setting, settings } from "@modelyard/core/settings";
import type { Path } from "./path.js";
import { type CacheType, countingPaths } from "./setting-values.js";

/** One of the places in a file where settings are made. */
export type SettingPlace =
  | { readonly at: "router" }
  | { readonly at: "group"; readonly group: string }
  /** An entry of `model_list`, by its position there. */
  | { readonly at: "deployment"; readonly entry: number };

function baseOf(place: SettingPlace): Path {
  if (place.at === "group") return ["router_settings", "model_group_settings", place.group];
  return place.at === "deployment" ? ["model_list", place.entry] : [];
}

/**
 * Where a file may make a setting, the place that wins first. Empty: not there.
 * @param name - as in the table of settings, e.g. `slowStartMs` or `timeouts.connectMs`
 */
export function filePathsOf(name: string, place: SettingPlace, cache: CacheType = "memory"): readonly Path[] {
  const setting: Setting | undefined = Object.hasOwn(settings, name)
    ? settings[name as keyof typeof settings]
    : undefined;
  const base = baseOf(place);
  return countingPaths(setting?.[place.at] ?? [], cache).map((path) => [...base, ...path.split(".")]);
}
