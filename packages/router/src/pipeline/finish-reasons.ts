import { isJsonObject, type JsonObject } from "@modelyard/core";

function isFiltered(choice: unknown): boolean {
  return isJsonObject(choice) && choice["finish_reason"] === "content_filter";
}

/** Whether every choice of an answer was finished, and by the model: not left open, not cut short by the vendor's filter. */
export function isWhole(value: JsonObject): boolean {
  const choices = value["choices"];
  if (!Array.isArray(choices)) return true;
  return choices.every((choice) => isJsonObject(choice) && choice["finish_reason"] != null && !isFiltered(choice));
}

/** Whether the vendor's filter blocked all choices of an answer, or of an event. Of every answer: allocates nothing. */
export function whollyFiltered(value: JsonObject): boolean {
  const choices = value["choices"];
  return Array.isArray(choices) && choices.length > 0 && choices.every(isFiltered);
}
