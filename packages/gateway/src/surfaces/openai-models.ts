import type { Engine } from "@modelyard/core";
import type { ModelListing, SurfaceAnswer } from "@modelyard/core/kit";
import { json } from "../answers.js";
import { findModel, unknownModel } from "../models.js";

function show({ id, group }: ModelListing): object {
  return { id, object: "model", created: 0, owned_by: "modelyard", root: group };
}

/** `GET /models`. */
export function listModels(engine: Engine): SurfaceAnswer {
  return json(200, { object: "list", data: engine.models().map(show) });
}

/** `GET /models/ID`. @throws `model_not_found` */
export function showModel(engine: Engine, name: string): SurfaceAnswer {
  const listing = findModel(engine, name);
  if (listing !== undefined) return json(200, show({ ...listing, id: name }));
  const names = engine.models().map((entry) => entry.id);
  throw unknownModel(name, names, "model");
}
