import type { CallOptions, JsonObject } from "@modelyard/core";
import { type FallbackEntry, isJsonObject, type RequestFallbacks } from "@modelyard/core/kit";
import { type CallPlace, type Kind, partsOf, rowsAt, type Setting } from "@modelyard/core/settings";
import { type BodyKind, readBody } from "./body-values.js";
import { fallbackLists } from "./fallback-fields.js";
import { object, texts, wrong } from "./field-values.js";

/** Options while they are being collected. */
type OpenOptions = { -readonly [Key in keyof CallOptions]: CallOptions[Key] };

/** Reads one field of a body into the options. @throws `bad_request` naming the field that cannot be read */
type Reader = (options: OpenOptions, value: unknown) => void;

/** Sets a value in the options, or in an object within them. An alternative spelling never replaces a value. */
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
    // Each choice has its own boolean field.
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

/** A field that means more than its row says. */
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

/** LiteLLM's fields of a request body for the router, and some of our own. `null` counts as not set. */
const bodyFields: Readonly<Record<string, Reader>> = { ...derived, ...special };

function isBodyField(field: string): boolean {
  return Object.hasOwn(bodyFields, field);
}

/** @throws `bad_request` naming the field that cannot be read */
function readField(options: OpenOptions, field: string, value: unknown): void {
  bodyFields[field]?.(options, value);
}

/** The router's fields that a fallback may set, and the options that they set. */
const entryFields: ReadonlyMap<string, string> = new Map(
  rows
    .filter(({ setting }) => setting.call?.inFallback === true)
    .map(({ name, field }) => [field, partsOf(name).parent ?? name] as const),
);

/**
 * The changes that a fallback makes to the options of its request. Options that it unsets are `undefined`.
 * @throws `bad_request` naming the field that cannot be read, or that a fallback must not set
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

/** LiteLLM's fields for parts of its proxy that do not exist here. No vendor knows them, and some contain keys. */
const foreign: ReadonlySet<string> = new Set([
  "guardrails",
  "litellm_call_id",
  "litellm_session_id",
  "litellm_trace_id",
  "no-log",
  "policies",
  "priority",
  "retry_policy",
  "specific_deployment",
  "user_config",
]);

function isTaken(key: string): boolean {
  return isBodyField(key) || foreign.has(key);
}

/** The contents of `extra_body` are merged into the body and win, as in LiteLLM and OpenAI's clients. */
function spread(body: JsonObject): JsonObject {
  return body["extra_body"] === undefined ? body : spreadOut(body);
}

function spreadOut({ extra_body: extra, ...others }: JsonObject): JsonObject {
  // An assignment would change the prototype of the request if a key is named `__proto__`.
  return Object.fromEntries([...Object.entries(others), ...Object.entries(object("extra_body", extra ?? {}))]);
}

/** OpenAI's wire format has a field of this name for stored answers. It accepts only strings, and only together with `store`. */
function storedMetadata({ store, metadata }: JsonObject): readonly [string, unknown][] {
  if (store !== true || !isJsonObject(metadata)) return [];
  const stored = Object.entries(metadata).filter(([, value]) => typeof value === "string");
  return stored.length === 0 ? [] : [["metadata", Object.fromEntries(stored)]];
}

export interface SplitRequest {
  /** The rest, for the vendor. It is the caller's own object if nothing had to be removed. */
  readonly request: JsonObject;
  /** The options that the body sets, if any. */
  readonly options: CallOptions | undefined;
}

/**
 * Removes the router's own fields from a request body, and those that are `null`. Many serializers write `null` for
 * fields that are not set, but vendors reject it for some fields.
 * @throws `bad_request` naming the field that cannot be read
 */
export function splitControlFields(sent: JsonObject): SplitRequest {
  const body = spread(sent);
  let options: OpenOptions | undefined;
  let taken = false;
  for (const key in body) {
    const value = body[key];
    if (value !== null && !isTaken(key)) continue;
    taken = true;
    if (value == null || !isBodyField(key)) continue;
    options ??= {};
    readField(options, key, value);
  }
  if (!taken) return { request: body, options };
  const left = Object.entries(body).filter(([key, value]) => value !== null && !isTaken(key));
  return { request: Object.fromEntries([...left, ...storedMetadata(body)]), options };
}

/**
 * A body with the fields that a fallback sets and without those it unsets. The router's own fields are in its options.
 */
export function entryBody(request: JsonObject, { set = {}, unset = [] }: Exclude<FallbackEntry, string>): JsonObject {
  const changed: Record<string, unknown> = { ...request };
  for (const [field, value] of Object.entries(spread(set))) if (!isTaken(field)) changed[field] = value;
  for (const field of unset) delete changed[field];
  changed["model"] = request["model"];
  return changed;
}
