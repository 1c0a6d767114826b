import type { Refusals } from "../refusals.js";
import { flag, list, map, numeric, type Rule, shape, text } from "./rules.js";

/** What a host or model refuses, as users write it of a deployment and of a provider. */
export const refusals: Rule = shape<Refusals>({
  fields: list(text),
  renames: map(text),
  messageFields: list(text),
  developerRole: flag,
  toolIdLength: numeric({ least: 8, most: 64, whole: true }),
});
