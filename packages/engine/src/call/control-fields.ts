import { type CallOptions, type FallbackEntry, isJsonObject, type JsonObject } from "@modelyard/core";
import { isBodyField, type OpenOptions, readField } from "./body-fields.js";
import { object } from "./field-values.js";

/** LiteLLM's fields for parts of its proxy that are not here. No vendor knows them, and some hold keys. */
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

/** What `extra_body` holds belongs beside it, as LiteLLM and OpenAI's clients have it, and wins. */
function spread(body: JsonObject): JsonObject {
  return body["extra_body"] === undefined ? body : spreadOut(body);
}

function spreadOut({ extra_body: extra, ...others }: JsonObject): JsonObject {
  // Not by assignment: a key named `__proto__` would change what the request inherits.
  return Object.fromEntries([...Object.entries(others), ...Object.entries(object("extra_body", extra ?? {}))]);
}

/** OpenAI's own field of that name goes with answers that it stores; it takes texts only, and without `store` nothing. */
function storedMetadata({ store, metadata }: JsonObject): readonly [string, unknown][] {
  if (store !== true || !isJsonObject(metadata)) return [];
  const stored = Object.entries(metadata).filter(([, value]) => typeof value === "string");
  return stored.length === 0 ? [] : [["metadata", Object.fromEntries(stored)]];
}

export interface SplitRequest {
  /** What is left for the vendor; the caller's own object when nothing had to be taken out. */
  readonly request: JsonObject;
  /** What the body said to the router; `undefined`: nothing. */
  readonly options: CallOptions | undefined;
}

/**
 * Takes the router's own fields out of a request body, and those that are `null`: it says as much as nothing, and many
 * serializers write it, but vendors refuse it for some fields.
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

/** A body with what a fallback sets and unsets of it; the router's own fields are in its options. */
export function entryBody(request: JsonObject, { set = {}, unset = [] }: Exclude<FallbackEntry, string>): JsonObject {
  const changed: Record<string, unknown> = { ...request };
  for (const [field, value] of Object.entries(spread(set))) if (!isTaken(field)) changed[field] = value;
  for (const field of unset) delete changed[field];
  changed["model"] = request["model"];
  return changed;
}
