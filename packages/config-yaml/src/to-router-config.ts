import type { DeploymentOptions, RouterConfig } from "@modelyard/core";
import { cacheTypeOf } from "./cache-settings.js";
import type { ConfigFile } from "./schema.js";
import { optionsFrom } from "./setting-values.js";

/** The routing part of a checked file. */
export function toRouterConfig(file: ConfigFile, modelList: readonly DeploymentOptions[]): RouterConfig {
  return {
    // A file says whether answers are kept; a program does so by giving a cache.
    cacheResponses: false,
    ...optionsFrom("router", { ...file, model_list: undefined }, cacheTypeOf(file)),
    modelList,
  };
}
