import { parseFieldPath } from "@modelyard/core/settings";
import { texts, wrong } from "./field-values.js";

const field = "additional_drop_params";

/** The fields that a request's `additional_drop_params` names. @throws `bad_request` for what cannot be read */
export function droppedPaths(value: unknown): readonly string[] {
  const paths = texts(field, value);
  for (const path of paths) {
    try {
      parseFieldPath(path, field);
    } catch {
      throw wrong(field, "must name fields, or paths to fields such as tools[*].function.strict.");
    }
  }
  return paths;
}
