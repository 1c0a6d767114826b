import { isJsonObject, type JsonObject } from "@modelyard/core";

/** Whether the vendor's filter cut an answer, or one event of it, short. */
export function contentFiltered(value: JsonObject): boolean {
  const choices = value["choices"];
  return (
    Array.isArray(choices) &&
    choices.some((choice) => isJsonObject(choice) && choice["finish_reason"] === "content_filter")
  );
}
