import type { Engine, RouterError } from "@modelyard/core";
import { createError, didYouMean, type ModelListing } from "@modelyard/core/kit";

/** The model that a name stands for, also if only a pattern matches it. `undefined`: there is none, or it is hidden. */
export function findModel(engine: Engine, name: string): ModelListing | undefined {
  return engine.resolve?.(name) ?? engine.models().find((entry) => entry.id === name);
}

/** @param param - the field that held the name */
export function unknownModel(name: string, names: readonly string[], param: string): RouterError {
  return createError({
    kind: "model_not_found",
    param,
    message: `The model "${name.slice(0, 200)}" does not exist.${didYouMean(name, names)}`,
  });
}
