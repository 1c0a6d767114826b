import type { JsonObject } from "@modelyard/core";
import { isJsonObject, type Refusals } from "@modelyard/core/kit";
import type { Unsupported } from "./refuse.js";

/** A request without what its deployment is configured to refuse, and with the field names of that deployment. */
export function applyRefusals(
  request: JsonObject,
  refuses: Refusals | undefined,
  unsupported: Unsupported,
): JsonObject {
  if (refuses === undefined) return request;
  const { fields = [], renames = {}, messageFields = [] } = refuses;
  const left: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(request)) {
    const renamed = Object.hasOwn(renames, field) ? renames[field] : undefined;
    if (renamed !== undefined) left[renamed] ??= value;
    else if (value == null || !fields.includes(field)) left[field] = value;
    else unsupported.refuse(field, "its deployment refuses it");
  }
  if (messageFields.length > 0) left["messages"] = withoutFields(left["messages"], messageFields, unsupported);
  return left;
}

function withoutFields(messages: unknown, fields: readonly string[], unsupported: Unsupported): unknown {
  if (!Array.isArray(messages)) return messages;
  return (messages as readonly unknown[]).map((message) => {
    const found = isJsonObject(message) ? fields.filter((field) => message[field] !== undefined) : [];
    if (found.length === 0) return message;
    for (const field of found) unsupported.leaveOut(field);
    return Object.fromEntries(Object.entries(message as JsonObject).filter(([field]) => !found.includes(field)));
  });
}
