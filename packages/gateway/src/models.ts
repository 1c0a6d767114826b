import type { Engine, RouterError } from "@modelyard/core";
import { createError, didYouMean, type ModelListing } from "@modelyard/core/kit";

/** What a name leads to, including a name that only a pattern covers. `undefined`: callers may not know of it. */
export function findModel(engine: Engine, name: string): ModelListing | undefined {
  return engine.resolve?.(name) ?? engine.models().find((entry) => entry.id === name);
}

/** @param param - the field that held the name */
export function unknownModel(name: string, names: readonly string[], param: string): RouterError {
  return createError({
    kind: "model_not_found",
    param,
    message: `There is no model "${name.slice(0, 200)}".${didYouMean(name, names)}`,
  });
}
