import type { CallOptions, JsonObject } from "@modelyard/core";
import { callerBounds, type FallbackEntry, isJsonObject, type RequestFallbacks } from "@modelyard/core/kit";
import { atMost, object, wrong } from "./field-values.js";

/** Checks the fields that an entry sets, so that errors are found before any call. @throws `bad_request` */
type CheckEntry = (entry: Exclude<FallbackEntry, string>) => unknown;

function fallbackEntry(field: string, value: unknown, check: CheckEntry): FallbackEntry {
  if (typeof value === "string") return value;
  const { model, ...fields } = object(field, value);
  if (typeof model !== "string") throw wrong(field, 'must contain names of model groups, or objects with a "model".');
  const others = Object.entries(fields);
  const entry = {
    model,
    set: Object.fromEntries(others.filter(([, item]) => item !== null)),
    unset: others.filter(([, item]) => item === null).map(([key]) => key),
  };
  check(entry);
  clientEntries.add(entry);
  return entry;
}

/** Fallback entries that came from requests, not from the configuration. */
const clientEntries = new WeakSet<object>();

/** Whether this entry came from a client rather than the operator. */
export function isClientEntry(entry: object): boolean {
  return clientEntries.has(entry);
}

/** Whether the call has fallback lists of its own. */
export function hasOwnLists({ fallbacks, contextWindowFallbacks, contentPolicyFallbacks }: CallOptions): boolean {
  return fallbacks !== undefined || contextWindowFallbacks !== undefined || contentPolicyFallbacks !== undefined;
}

/** Reads either of LiteLLM's two forms: a list of names and objects, or a list of maps from groups to such lists. */
export function fallbackLists(field: string, value: unknown, check: CheckEntry): RequestFallbacks {
  if (!Array.isArray(value)) throw wrong(field, "must be a list.");
  const items = value as readonly unknown[];
  atMost(field, items.length, callerBounds.fallbacks, "entries");
  const mapped = items.length > 0 && items.every((item) => isJsonObject(item) && item["model"] === undefined);
  if (!mapped) return items.map((item) => fallbackEntry(field, item, check));
  let entries = 0;
  return (items as readonly JsonObject[]).map((map) => {
    const lists = Object.entries(map).map(([group, list]) => {
      if (!Array.isArray(list)) throw wrong(field, "must map names of model groups to lists.");
      // The list itself counts too, so that the number of empty lists is limited as well.
      entries += 1 + list.length;
      atMost(field, entries, 2 * callerBounds.fallbacks, "groups and entries");
      return [group, list] as const;
    });
    return Object.fromEntries(
      lists.map(([group, list]) => [group, list.map((item) => fallbackEntry(field, item, check))] as const),
    );
  });
}
