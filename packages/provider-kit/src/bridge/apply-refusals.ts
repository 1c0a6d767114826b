import type { JsonObject } from "@modelyard/core";
import { isJsonObject, type Refusals } from "@modelyard/core/kit";

/** Receives what is missing from a request. */
export interface RefusalReport {
  /** A field that could change the answer. */
  refuse(field: string): void;
  /** A field that does not change the answer. */
  leaveOut(field: string): void;
}

/** A request without what its deployment is configured to refuse, and with the field names of that deployment. */
export function applyRefusals(request: JsonObject, refuses: Refusals | undefined, report: RefusalReport): JsonObject {
  if (refuses === undefined) return request;
  const { fields = [], renames = {}, messageFields = [] } = refuses;
  const left: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(request)) {
    const renamed = Object.hasOwn(renames, field) ? renames[field] : undefined;
    if (renamed !== undefined) left[renamed] ??= value;
    else if (value == null || !fields.includes(field)) left[field] = value;
    else report.refuse(field);
  }
  if (messageFields.length > 0) left["messages"] = withoutFields(left["messages"], messageFields, report);
  return left;
}

function withoutFields(messages: unknown, fields: readonly string[], report: RefusalReport): unknown {
  if (!Array.isArray(messages)) return messages;
  return (messages as readonly unknown[]).map((message) => {
    const found = isJsonObject(message) ? fields.filter((field) => message[field] !== undefined) : [];
    if (found.length === 0) return message;
    for (const field of found) report.leaveOut(field);
    return Object.fromEntries(Object.entries(message as JsonObject).filter(([field]) => !found.includes(field)));
  });
}
