import { isJsonObject, type JsonObject } from "../../src/json.js";

/** The place of a value in a JSON value. */
export type Path = readonly (number | string)[];

/** The places of all values in a JSON value. */
export function pathsIn(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((entry, index) => pathsIn(entry, [...path, index]))];
  if (!isJsonObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, entry]) => pathsIn(entry, [...path, key]))];
}

export function valueAt(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return value;
  return value === null || typeof value !== "object" ? undefined : valueAt((value as JsonObject)[key], rest);
}

/** A copy with another value at a place; `undefined` removes it. */
export function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    const entries = value.map((entry, index) => (index === key ? replaced(entry, rest, by) : (entry as unknown)));
    return entries.filter((entry) => entry !== undefined);
  }
  const next = replaced((value as JsonObject)[key], rest, by);
  return { ...(value as JsonObject), [key]: next };
}
