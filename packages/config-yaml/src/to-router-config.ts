import type { DeploymentOptions, RouterConfig } from "@modelyard/core";
import { cacheTypeOf } from "./cache-settings.js";
import { affinityIn } from "./pre-call-checks.js";
import type { ConfigFile } from "./schema.js";
import { optionsFrom } from "./setting-values.js";

/** The routing configuration of a validated file. */
export function toRouterConfig(file: ConfigFile, modelList: readonly DeploymentOptions[]): RouterConfig {
  const options = optionsFrom("router", { ...file, model_list: undefined }, cacheTypeOf(file));
  return {
    // In a file, caching has to be turned on. In code, passing a cache turns it on.
    cacheResponses: false,
    ...options,
    ...affinityIn(file, options),
    modelList,
  };
}
