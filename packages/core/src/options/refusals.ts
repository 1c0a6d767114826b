import type { Refusals } from "../refusals.js";
import { flag, list, map, numeric, type Rule, shape, text } from "./rules.js";

/** What a host or model refuses, in the options of a deployment or a provider. */
export const refusals: Rule = shape<Refusals>({
  fields: list(text),
  renames: map(text),
  messageFields: list(text),
  developerRole: flag,
  toolIdLength: numeric({ least: 8, most: 64, whole: true }),
});
