import { createError, didYouMean, type Engine, type ModelListing, type RouterError } from "@modelyard/core";
import { json } from "./answers.js";
import type { GatewayResponse } from "./http.js";

/** What a name leads to, one that only a pattern covers too; `undefined`: it may not be known. */
export function findModel(engine: Engine, name: string): ModelListing | undefined {
  return engine.resolve?.(name) ?? engine.models().find((entry) => entry.id === name);
}

/** @param param - what held the name */
export function unknownModel(name: string, names: readonly string[], param: string): RouterError {
  return createError({
    kind: "model_not_found",
    param,
    message: `There is no model "${name.slice(0, 200)}".${didYouMean(name, names)}`,
  });
}

function show({ id, group }: ModelListing): object {
  return { id, object: "model", created: 0, owned_by: "modelyard", root: group };
}

/** `GET /models`. */
export function listModels(engine: Engine): GatewayResponse {
  return json(200, { object: "list", data: engine.models().map(show) });
}

/** `GET /models/ID`. @throws `model_not_found` */
export function showModel(engine: Engine, name: string): GatewayResponse {
  const listing = findModel(engine, name);
  if (listing !== undefined) return json(200, show({ ...listing, id: name }));
  const names = engine.models().map((entry) => entry.id);
  throw unknownModel(name, names, "model");
}
