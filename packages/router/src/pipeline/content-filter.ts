import { isJsonObject, type JsonObject } from "@modelyard/core";

function reasonsOf(value: JsonObject): readonly unknown[] {
  const choices = value["choices"];
  return Array.isArray(choices) ? choices.filter(isJsonObject).map((choice) => choice["finish_reason"]) : [];
}

/** Whether the vendor's filter cut a choice of an answer, or of an event, short. */
export function contentFiltered(value: JsonObject): boolean {
  return reasonsOf(value).includes("content_filter");
}

/** Whether it did so with all choices, so that there is no answer. */
export function whollyFiltered(value: JsonObject): boolean {
  const reasons = reasonsOf(value);
  return reasons.length > 0 && reasons.every((reason) => reason === "content_filter");
}
