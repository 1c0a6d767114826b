import { isJsonObject, type JsonObject } from "@modelyard/core";

/** Of every answer: allocates nothing. */
function isFiltered(choice: unknown): boolean {
  return isJsonObject(choice) && choice["finish_reason"] === "content_filter";
}

/** Whether the vendor's filter cut a choice of an answer, or of an event, short. */
export function contentFiltered(value: JsonObject): boolean {
  const choices = value["choices"];
  return Array.isArray(choices) && choices.some(isFiltered);
}

/** Whether it did so with all choices, so that there is no answer. */
export function whollyFiltered(value: JsonObject): boolean {
  const choices = value["choices"];
  return Array.isArray(choices) && choices.length > 0 && choices.every(isFiltered);
}
