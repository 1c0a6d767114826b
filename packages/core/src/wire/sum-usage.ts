import { isJsonObject, type JsonObject } from "../json.js";
import type { Usage } from "./usage.js";

function sumFields(left: JsonObject, right: JsonObject): JsonObject {
  const summed: Record<string, unknown> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = summed[key];
    if (typeof value === "number" && typeof before === "number") summed[key] = before + value;
    else if (isJsonObject(value) && isJsonObject(before)) summed[key] = sumFields(before, value);
    else summed[key] = value ?? before;
  }
  return summed;
}

/** The usage of two calls together, with all details. `undefined` if neither is known. */
export function sumUsage(first: Usage | undefined, second: Usage | undefined): Usage | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const estimated = first.estimated === true || second.estimated === true;
  return { ...(sumFields(first, second) as unknown as Usage), ...(estimated ? { estimated } : {}) };
}
