import { showPath, type YamlRouter } from "modelyard";
import type { Origin } from "./origins.js";

/** A part that the file names as a module. */
export interface NamedModule {
  /** What it is, e.g. `callback` or `provider acme`. */
  readonly part: string;
  /** The path as written. */
  readonly module: string;
  readonly origin: Origin;
}

/** The providers, callbacks and the cache that a file names as modules. Strategies are shown with their groups. */
export function namedModules(config: YamlRouter["config"]): readonly NamedModule[] {
  const { providerModules, callbackModules, cache } = config;
  const choices = [
    ...providerModules.map((choice) => ({ part: `provider ${choice.provider}`, ...choice })),
    ...callbackModules.map((choice) => ({ part: "callback", ...choice })),
    ...(cache?.type === "custom" ? [{ part: "cache", ...cache.module }] : []),
  ];
  return choices.map(({ part, name, place }) => ({
    part,
    module: name,
    origin: { ...config.sourceOf(place.module), path: showPath(place.module) },
  }));
}
