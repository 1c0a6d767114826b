import type { CallOptions, FallbackEntry, RequestFallbacks } from "@modelyard/core";
import { type CallPlace, type Kind, partsOf, rowsAt, type Setting } from "@modelyard/core/settings";
import { type BodyKind, readBody } from "./body-values.js";
import { fallbackLists } from "./fallback-fields.js";
import { object, texts, wrong } from "./field-values.js";

/** Options that are being put together. */
export type OpenOptions = { -readonly [Key in keyof CallOptions]: CallOptions[Key] };

/** Reads one field of a body into the options. @throws `bad_request` naming the field that cannot be read */
type Reader = (options: OpenOptions, value: unknown) => void;

/** Puts a value into options, or into an object in them; an alternative spelling never replaces what is there. */
function put(options: OpenOptions, name: string, value: unknown, alternative: boolean): void {
  const { parent, key } = partsOf(name);
  const open = options as Record<string, unknown>;
  const holder: Record<string, unknown> =
    parent === undefined ? open : { ...(open[parent] as Readonly<Record<string, unknown>> | undefined) };
  if (alternative && holder[key] !== undefined) return;
  holder[key] = value;
  if (parent !== undefined) open[parent] = holder;
}

function kindOf({ kind, call }: Setting): Kind {
  return call?.kind ?? kind;
}

function readFallbacks(field: string, value: unknown): RequestFallbacks {
  return fallbackLists(field, value, entryOptions);
}

function readerOf(name: string, setting: Setting, index: number): Reader {
  const { body = [] } = setting.call as CallPlace;
  const field = body[index] ?? "";
  const kind = kindOf(setting);
  if (kind === "choice") {
    // Each choice has a field of its own, which is true or false.
    const chosen = setting.choices?.[index];
    return (options, value) => {
      if (value === true) put(options, name, chosen, false);
    };
  }
  const read = kind === "requestFallbacks" ? readFallbacks : readBody[kind as BodyKind];
  return (options, value) => {
    const option = read(field, value);
    if (option !== undefined) put(options, name, option, index > 0);
  };
}

const rows = rowsAt("call").flatMap(([name, setting]) =>
  (setting.call?.body ?? []).map((field, index) => ({ name, setting, field, read: readerOf(name, setting, index) })),
);

const inCache = "cache.";
const controls: Readonly<Record<string, Reader>> = Object.fromEntries(
  rows
    .filter(({ field }) => field.startsWith(inCache))
    .map(({ field, read }) => [field.slice(inCache.length), read] as const),
);

/** LiteLLM's `cache` field: an object of controls. */
function readCache(options: OpenOptions, value: unknown): void {
  for (const [key, entry] of Object.entries(object("cache", value))) {
    const read = Object.hasOwn(controls, key) ? controls[key] : undefined;
    if (read === undefined) throw wrong(`cache.${key}`, `is unknown. Known: ${Object.keys(controls).join(", ")}.`);
    read(options, entry);
  }
  options.cache ??= {};
}

const derived: Readonly<Record<string, Reader>> = Object.fromEntries(
  rows.filter(({ field }) => !field.includes(".")).map(({ field, read }) => [field, read] as const),
);

/** A field that means more than its own row says. */
const special: Readonly<Record<string, Reader>> = {
  cache: readCache,
  caching: (options, value) => {
    if (value === false) options.cache = { ...options.cache, useCache: false };
  },
  metadata: (options, value) => {
    derived["metadata"]?.(options, value);
    const tags = options.metadata?.["tags"];
    if (tags !== undefined) options.tags ??= texts("metadata.tags", tags);
  },
  extra_headers: () => {
    throw wrong("extra_headers", "may not be set by a request. They belong in the deployment's settings.");
  },
};

/** LiteLLM's fields in a request body that are for the router, and some of our own. `null` counts as not given. */
const bodyFields: Readonly<Record<string, Reader>> = { ...derived, ...special };

export function isBodyField(field: string): boolean {
  return Object.hasOwn(bodyFields, field);
}

/** @throws `bad_request` naming the field that cannot be read */
export function readField(options: OpenOptions, field: string, value: unknown): void {
  bodyFields[field]?.(options, value);
}

/** The router's fields that a fallback may set, and the options that they become. */
const entryFields: ReadonlyMap<string, string> = new Map(
  rows
    .filter(({ setting }) => setting.call?.inFallback === true)
    .map(({ name, field }) => [field, partsOf(name).parent ?? name] as const),
);

/**
 * What a fallback changes of the options of its request; those that it takes back are `undefined`.
 * @throws `bad_request` naming the field that cannot be read, or that no fallback may bring
 */
export function entryOptions({ set = {}, unset = [] }: Exclude<FallbackEntry, string>): CallOptions | undefined {
  const changed: Record<string, unknown> = {};
  for (const field of [...unset, ...Object.keys(set)]) {
    if (!isBodyField(field) && field !== "stream") continue;
    const option = entryFields.get(field);
    if (option === undefined) throw wrong(field, "is for a whole request: a fallback cannot set it.");
    changed[option] = undefined;
  }
  for (const [field, value] of Object.entries(set))
    if (value != null && isBodyField(field)) readField(changed, field, value);
  return Object.keys(changed).length === 0 ? undefined : changed;
}
