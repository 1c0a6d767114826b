import {
  callerBounds,
  type CallOptions,
  type FallbackEntry,
  isJsonObject,
  type JsonObject,
  type MidStreamFallback,
  type RequestFallbacks,
  type Timeouts,
} from "@modelyard/core";
import { cacheControls } from "./cache-field.js";
import { droppedPaths } from "./dropped-paths.js";
import { atMost, object, seconds, texts, whole, wrong } from "./field-values.js";
import { kindRules } from "@modelyard/core/settings";

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };
type Options = Mutable<CallOptions>;

function fallbackEntry(field: string, value: unknown): FallbackEntry {
  if (typeof value === "string") return value;
  const { model, ...fields } = object(field, value);
  if (typeof model !== "string") throw wrong(field, 'must contain names of model groups, or objects with a "model".');
  const others = Object.entries(fields);
  const entry = {
    model,
    set: Object.fromEntries(others.filter(([, item]) => item !== null)),
    unset: others.filter(([, item]) => item === null).map(([key]) => key),
  };
  entryOptions(entry);
  clientEntries.add(entry);
  return entry;
}

/** Fallback entries that requests brought along. */
const clientEntries = new WeakSet<object>();

/** Whether a client chose what this entry sets, rather than the operator. */
export function isClientEntry(entry: object): boolean {
  return clientEntries.has(entry);
}

/** LiteLLM's two forms: names and objects for this request, or maps from group to such lists. */
function fallbackList(field: string, value: unknown): RequestFallbacks {
  if (!Array.isArray(value)) throw wrong(field, "must be a list.");
  const items = value as readonly unknown[];
  atMost(field, items.length, callerBounds.fallbacks, "entries");
  const mapped = items.length > 0 && items.every((item) => isJsonObject(item) && item["model"] === undefined);
  if (!mapped) return items.map((item) => fallbackEntry(field, item));
  let entries = 0;
  return (items as readonly JsonObject[]).map((map) => {
    const lists = Object.entries(map).map(([group, list]) => {
      if (!Array.isArray(list)) throw wrong(field, "must map names of model groups to lists.");
      // A list counts for itself too: empty ones are work as well.
      entries += 1 + list.length;
      atMost(field, entries, 2 * callerBounds.fallbacks, "groups and entries");
      return [group, list] as const;
    });
    return Object.fromEntries(
      lists.map(([group, list]) => [group, list.map((item) => fallbackEntry(field, item))] as const),
    );
  });
}

function failure(kind: NonNullable<CallOptions["mockFailure"]>): (options: Options, value: unknown) => void {
  return (options, value) => {
    if (value === true) options.mockFailure = kind;
  };
}

type Reader = (options: Options, value: unknown) => void;

/** A limit on one phase of each attempt. 0 is no limit of the request's own. */
function phase(field: string, name: keyof Timeouts): Reader {
  return (options, value) => {
    const ms = seconds(field, value);
    if (ms > 0) options.timeouts = { ...options.timeouts, [name]: ms };
  };
}

/** LiteLLM's fields in a request body that are for the router, and some of our own. `null` counts as not given. */
const readers: Readonly<Record<string, Reader>> = {
  num_retries: (options, value) => {
    options.numRetries = whole("num_retries", value);
  },
  max_retries: (options, value) => {
    options.numRetries ??= whole("max_retries", value);
  },
  max_attempts: (options, value) => {
    options.maxAttempts = whole("max_attempts", value, 1);
  },
  max_fallbacks: (options, value) => {
    options.maxFallbacks = whole("max_fallbacks", value);
  },
  timeout: (options, value) => {
    const ms = seconds("timeout", value);
    if (ms > 0) options.timeoutMs = ms;
  },
  request_timeout: (options, value) => {
    const ms = seconds("request_timeout", value);
    if (ms > 0) options.timeoutMs ??= ms;
  },
  stream_timeout: (options, value) => {
    const ms = seconds("stream_timeout", value);
    if (ms > 0) options.streamTimeoutMs = ms;
  },
  connect_timeout: phase("connect_timeout", "connectMs"),
  headers_timeout: phase("headers_timeout", "headersMs"),
  first_token_timeout: phase("first_token_timeout", "firstTokenMs"),
  idle_timeout: phase("idle_timeout", "idleMs"),
  total_timeout: phase("total_timeout", "totalMs"),
  deadline: (options, value) => {
    const ms = seconds("deadline", value);
    if (ms > 0) options.deadlineMs = ms;
  },
  fallbacks: (options, value) => {
    options.fallbacks = fallbackList("fallbacks", value);
  },
  context_window_fallbacks: (options, value) => {
    options.contextWindowFallbacks = fallbackList("context_window_fallbacks", value);
  },
  content_policy_fallbacks: (options, value) => {
    options.contentPolicyFallbacks = fallbackList("content_policy_fallbacks", value);
  },
  disable_fallbacks: (options, value) => {
    options.disableFallbacks = value === true;
  },
  cache: (options, value) => {
    options.cache = { ...options.cache, ...cacheControls(value) };
  },
  caching: (options, value) => {
    if (value === false) options.cache = { ...options.cache, useCache: false };
  },
  tags: (options, value) => {
    options.tags = texts("tags", value);
  },
  metadata: (options, value) => {
    const metadata = object("metadata", value);
    options.metadata = metadata;
    if (metadata["tags"] !== undefined) options.tags ??= texts("metadata.tags", metadata["tags"]);
  },
  litellm_metadata: (options, value) => {
    options.metadata ??= object("litellm_metadata", value);
  },
  allowed_model_region: (options, value) => {
    options.allowedRegions = typeof value === "string" ? [value] : texts("allowed_model_region", value);
  },
  mid_stream_fallback: (options, value) => {
    if (kindRules.midStreamFallback(value, "mid_stream_fallback") !== undefined)
      throw wrong("mid_stream_fallback", 'must be "error", "continue" or {"continue": true, "instruct": true}.');
    options.midStreamFallback = value as MidStreamFallback;
  },
  hold_back_events: (options, value) => {
    options.holdBackEvents = whole("hold_back_events", value);
  },
  drop_params: (options, value) => {
    options.dropParams = Array.isArray(value) ? texts("drop_params", value) : value === true;
  },
  additional_drop_params: (options, value) => {
    options.additionalDropParams = droppedPaths(value);
  },
  allowed_openai_params: (options, value) => {
    options.allowedOpenaiParams = texts("allowed_openai_params", value);
  },
  mock_response: (options, value) => {
    if (typeof value !== "string") throw wrong("mock_response", "must be a string.");
    options.mockResponse = value;
  },
  mock_testing_fallbacks: failure("general"),
  mock_testing_context_fallbacks: failure("context_window"),
  mock_testing_content_policy_fallbacks: failure("content_policy"),
  mock_testing_rate_limit_error: failure("rate_limit"),
  mock_timeout: failure("timeout"),
  api_key: (options, value) => {
    if (typeof value !== "string") throw wrong("api_key", "must be a string.");
    options.clientAuth = { ...options.clientAuth, apiKey: value };
  },
  api_base: (options, value) => {
    if (typeof value !== "string") throw wrong("api_base", "must be a string.");
    options.clientAuth = { ...options.clientAuth, apiBase: value };
  },
  extra_headers: () => {
    throw wrong("extra_headers", "may not be set by a request. They belong in the deployment's settings.");
  },
  base_url: (options, value) => {
    if (typeof value !== "string") throw wrong("base_url", "must be a string.");
    options.clientAuth = { apiBase: value, ...options.clientAuth };
  },
};

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
  return Object.hasOwn(readers, key) || foreign.has(key);
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
  let options: Options | undefined;
  let taken = false;
  for (const key in body) {
    const value = body[key];
    if (value !== null && !isTaken(key)) continue;
    taken = true;
    if (value == null || !Object.hasOwn(readers, key)) continue;
    options ??= {};
    readers[key]?.(options, value);
  }
  if (!taken) return { request: body, options };
  const left = Object.entries(body).filter(([key, value]) => value !== null && !isTaken(key));
  return { request: Object.fromEntries([...left, ...storedMetadata(body)]), options };
}

/** The router's fields that a fallback may bring along, and the options that they become. */
const entryFields: Readonly<Record<string, keyof CallOptions>> = {
  timeout: "timeoutMs",
  request_timeout: "timeoutMs",
  stream_timeout: "streamTimeoutMs",
  num_retries: "numRetries",
  max_retries: "numRetries",
  tags: "tags",
  metadata: "metadata",
  allowed_model_region: "allowedRegions",
  drop_params: "dropParams",
  additional_drop_params: "additionalDropParams",
  allowed_openai_params: "allowedOpenaiParams",
  mock_response: "mockResponse",
  api_key: "clientAuth",
  api_base: "clientAuth",
  base_url: "clientAuth",
};

/**
 * What a fallback changes of the options of its request; those that it takes back are `undefined`.
 * @throws `bad_request` naming the field that cannot be read, or that no fallback may bring
 */
export function entryOptions({ set = {}, unset = [] }: Exclude<FallbackEntry, string>): CallOptions | undefined {
  const changed: { -readonly [Key in keyof CallOptions]: CallOptions[Key] | undefined } = {};
  for (const field of [...unset, ...Object.keys(set)]) {
    if (!Object.hasOwn(readers, field) && field !== "stream") continue;
    const option = Object.hasOwn(entryFields, field) ? entryFields[field] : undefined;
    if (option === undefined) throw wrong(field, "is for a whole request: a fallback cannot set it.");
    changed[option] = undefined;
  }
  for (const [field, value] of Object.entries(set))
    if (value != null && Object.hasOwn(readers, field)) readers[field]?.(changed as Options, value);
  return Object.keys(changed).length === 0 ? undefined : (changed as CallOptions);
}

/** A body with what a fallback sets and unsets of it; the router's own fields are in its options. */
export function entryBody(request: JsonObject, { set = {}, unset = [] }: Exclude<FallbackEntry, string>): JsonObject {
  const changed: Record<string, unknown> = { ...request };
  for (const [field, value] of Object.entries(spread(set))) if (!isTaken(field)) changed[field] = value;
  for (const field of unset) delete changed[field];
  changed["model"] = request["model"];
  return changed;
}
