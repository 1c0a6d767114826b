import { ConfigError, type ConfigIssue, type ParsedConfig } from "@modelyard/config-yaml";
import { type ModelCatalog, type Provider, type RouterConfig, silentLogger } from "@modelyard/core";
import { createRouter, type Router } from "@modelyard/router";
import { connectNothing } from "./connect-shared.js";
import type { LoadedStrategies } from "./load-strategy.js";
import { placedWarning } from "./placed.js";
import type { Probe } from "./with-others.js";
import { type WithoutInvalid, withoutInvalid } from "./without-invalid.js";

export interface TryOutOptions {
  readonly strategies: LoadedStrategies;
  readonly providers: readonly Provider[];
  readonly catalog: ModelCatalog;
  readonly probe: Probe;
  /** Whether warnings are errors. */
  readonly strict: boolean;
  /** Warnings in addition to those of the configuration and of the router. @defaultValue none */
  readonly also?: readonly ConfigIssue[];
}

/**
 * Creates a router that serves nothing and connects to nothing, to find what is wrong with a configuration.
 * @throws `ConfigError` with all errors and, under `strict`, all warnings
 */
export function tryOut(config: ParsedConfig, options: TryOutOptions): Omit<WithoutInvalid<Router>, "result"> {
  const { providers, catalog, probe, strict } = options;
  const { strategy, groupStrategies } = options.strategies;
  // Without it, a file that turns the cache on would seem to lack one.
  const { cache: responseCache } = connectNothing(config);
  const parts = { strategy, groupStrategies, providers, catalog, logger: silentLogger };
  const make = (router: RouterConfig): Router =>
    createRouter({ ...router, ...parts, ...(responseCache === undefined ? {} : { responseCache }) });
  const known = strict ? [...config.warnings, ...(options.also ?? [])] : [];
  const { result, config: valid, warnings } = withoutInvalid(config, make, probe, known);
  if (strict) {
    const all = [...known, ...warnings, ...result.warnings.map((warning) => placedWarning(warning, valid))];
    if (all.length > 0) throw new ConfigError(all);
  }
  return { config: valid, warnings };
}
