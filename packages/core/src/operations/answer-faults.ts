import { isJsonObject, type JsonObject } from "../json.js";

/** The objects in a list of an answer. */
export function objectsIn(value: JsonObject, field: string): readonly JsonObject[] {
  const items = value[field];
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}

export function errorFault(value: unknown): string | undefined {
  if (!isJsonObject(value)) return "the body is no JSON object";
  return value["error"] == null ? undefined : "the body is an error";
}

export function choicesFault(value: unknown): string | undefined {
  const fault = errorFault(value);
  if (fault !== undefined) return fault;
  const { choices } = value as JsonObject;
  if (!Array.isArray(choices)) return undefined;
  // Asked for every answer: a loop allocates nothing.
  for (let index = 0; index < choices.length; index += 1) {
    const choice: unknown = choices[index];
    if (isJsonObject(choice) && choice["error"] != null) return `choices[${String(index)}] is an error`;
  }
  return undefined;
}

export function listFault(
  value: unknown,
  field: string,
  good: (item: JsonObject) => boolean,
  part: string,
): string | undefined {
  const items = (value as JsonObject)[field];
  if (!Array.isArray(items) || items.length === 0) return `the body has no ${field}`;
  const bad = items.findIndex((item) => !isJsonObject(item) || !good(item));
  return bad === -1 ? undefined : `${field}[${String(bad)}] has no ${part}`;
}

export function outputLimit(request: JsonObject, choices: number): number | undefined {
  const limit = request["max_completion_tokens"] ?? request["max_tokens"];
  return typeof limit === "number" && limit >= 0 ? limit * choices : undefined;
}

export function choicesAsked({ n }: JsonObject): number {
  return typeof n === "number" && n > 1 ? n : 1;
}
