import type { CallOptions, JsonObject } from "@modelyard/core";
import type { FallbackEntry, OperationRow, RequestFallbacks } from "@modelyard/core/kit";
import { type CallPlace, type Kind, partsOf, rowsAt, type Setting } from "@modelyard/core/settings";
import { type BodyKind, readBody } from "./body-values.js";
import { fallbackLists } from "./fallback-fields.js";
import { object, texts, wrong } from "./field-values.js";

/** Options while they are being collected. */
type OpenOptions = { -readonly [Key in keyof CallOptions]: CallOptions[Key] };

/** Reads one field of a body into the options. @throws `bad_request` that names the field if its value is invalid */
type Reader = (options: OpenOptions, value: unknown) => void;

/** Sets an option, or a key of an object in the options. An alternative spelling does not replace an earlier value. */
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
    // Each choice has its own field, which is true or false.
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

/** Reads LiteLLM's `cache` field, an object of cache controls. */
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

/** Readers of fields that do more than set the option of their row. */
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
    throw wrong("extra_headers", "cannot be set by a request. Set headers in the deployment's settings.");
  },
};

/** Fields of a request body that control the router: LiteLLM's, and some of our own. `null` counts as not set. */
const bodyFields: Readonly<Record<string, Reader>> = { ...derived, ...special };

function isBodyField(field: string): boolean {
  return Object.hasOwn(bodyFields, field);
}

/** @throws `bad_request` that names the field if its value is invalid */
function readField(options: OpenOptions, field: string, value: unknown): void {
  bodyFields[field]?.(options, value);
}

/** The control fields that a fallback entry may set, with the options that they set. */
const entryFields: ReadonlyMap<string, string> = new Map(
  rows
    .filter(({ setting }) => setting.call?.inFallback === true)
    .map(({ name, field }) => [field, partsOf(name).parent ?? name] as const),
);

/**
 * The options that a fallback entry changes. Options that it unsets are `undefined`.
 * @throws `bad_request` that names the field if its value is invalid or a fallback cannot set it
 */
export function entryOptions({ set = {}, unset = [] }: Exclude<FallbackEntry, string>): CallOptions | undefined {
  const changed: Record<string, unknown> = {};
  for (const field of [...unset, ...Object.keys(set)]) {
    if (!isBodyField(field) && field !== "stream") continue;
    const option = entryFields.get(field);
    if (option === undefined) throw wrong(field, "applies to the whole request, so a fallback cannot set it.");
    changed[option] = undefined;
  }
  for (const [field, value] of Object.entries(set))
    if (value != null && isBodyField(field)) readField(changed, field, value);
  return Object.keys(changed).length === 0 ? undefined : changed;
}

/**
 * LiteLLM's fields for parts of its proxy that do not exist here. They are removed: no vendor knows them, and some
 * contain keys.
 */
const foreign: ReadonlySet<string> = new Set([
  "guardrails",
  "litellm_call_id",
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

/** Merges the fields of `extra_body` into the body, where they win, as in LiteLLM. */
function spread(body: JsonObject): JsonObject {
  return body["extra_body"] === undefined ? body : spreadOut(body);
}

function spreadOut({ extra_body: extra, ...others }: JsonObject): JsonObject {
  // `fromEntries` instead of assignments, because assigning a key named `__proto__` would change the prototype.
  return Object.fromEntries([...Object.entries(others), ...Object.entries(object("extra_body", extra ?? {}))]);
}

/** What an operation says about the fields of its bodies. */
type BodyRules = Pick<OperationRow, "isVendors" | "sendsNull" | "vendorMetadata">;

export interface SplitRequest {
  /** The body for the vendor. It is the caller's own object if nothing had to be removed. */
  readonly request: JsonObject;
  /** The options that the body sets, or `undefined` if it sets none. */
  readonly options: CallOptions | undefined;
}

/**
 * Separates a request body into control fields and the rest. Fields that are `null` are removed if the operation does not
 * send them: many serializers write them for unset fields.
 * @param headers - of the caller, for a vendor of the same wire
 * @throws `bad_request` that names the field if its value is invalid
 */
export function splitControlFields(
  sent: JsonObject,
  row: BodyRules,
  headers?: CallOptions["forwardHeaders"],
): SplitRequest {
  const body = spread(sent);
  let options: OpenOptions | undefined;
  let taken = false;
  for (const key in body) {
    const value = body[key];
    if (!isTaken(key) && (value !== null || row.sendsNull)) continue;
    if (row.isVendors?.(key, value, headers) === true) continue;
    if (value != null && isBodyField(key)) {
      options ??= {};
      readField(options, key, value);
    }
    taken ||= key !== "metadata" || value === null || row.vendorMetadata(body) !== value;
  }
  return { request: taken ? withoutControls(body, row, headers) : body, options };
}

function withoutControls(
  body: JsonObject,
  { isVendors, sendsNull, vendorMetadata }: BodyRules,
  headers: CallOptions["forwardHeaders"],
): JsonObject {
  const left = Object.entries(body).filter(
    ([key, value]) => (value !== null || sendsNull) && (!isTaken(key) || isVendors?.(key, value, headers) === true),
  );
  const metadata = vendorMetadata(body);
  return Object.fromEntries(metadata === undefined ? left : [...left, ["metadata", metadata]]);
}

/** Applies the fields that a fallback entry sets and unsets to a body, except for control fields. */
export function entryBody(request: JsonObject, { set = {}, unset = [] }: Exclude<FallbackEntry, string>): JsonObject {
  const changed: Record<string, unknown> = { ...request };
  for (const [field, value] of Object.entries(spread(set))) if (!isTaken(field)) changed[field] = value;
  for (const field of unset) delete changed[field];
  changed["model"] = request["model"];
  return changed;
}
