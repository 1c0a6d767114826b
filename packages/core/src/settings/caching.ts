import type { FilePaths, Rows } from "./setting.js";

/** A key of `cache_params`, which takes precedence over the same key of `cache_kwargs`. */
function cacheParameter(key: string): FilePaths {
  return [`litellm_settings.cache_params.${key}`, `router_settings.cache_kwargs.${key}`];
}

function only(kind: "redis" | "memory", paths: FilePaths): FilePaths {
  return paths.map((path) => ({ path: path as string, in: kind }));
}

/** Which answers are cached, and for how long. */
export const caching = {
  cacheResponses: {
    kind: "flag",
    description: "Caches answers, if there is a cache.",
    default: true,
    router: ["router_settings.cache_responses", "litellm_settings.cache"],
  },
  cache: { kind: "object", description: "How answers are cached.", router: [], call: { flight: "own" } },
  "cache.ttlMs": {
    kind: "timeLimit",
    description: "How long answers are cached.",
    default: 600_000,
    router: [
      ...only("redis", cacheParameter("default_redis_ttl")),
      ...only("memory", cacheParameter("default_in_memory_ttl")),
      ...cacheParameter("ttl"),
      { path: "litellm_settings.default_redis_ttl", in: "redis" },
      { path: "litellm_settings.default_in_memory_ttl", in: "memory" },
      "router_settings.default_cache_time_seconds",
    ],
    call: { body: ["cache.ttl"], kind: "duration", flight: "own" },
  },
  "cache.namespace": {
    kind: "text",
    description: "Entries of other namespaces are neither read nor changed.",
    router: cacheParameter("namespace"),
    call: { body: ["cache.namespace"], flight: "own" },
  },
  "cache.shared": {
    kind: "flag",
    description: "Whether callers with different keys share cached answers.",
    default: false,
    router: cacheParameter("shared"),
  },
  "cache.singleFlight": {
    kind: "flag",
    description: "Identical calls at the same time share one call to a deployment.",
    default: false,
    router: cacheParameter("single_flight"),
  },
  "cache.mode": {
    kind: "choice",
    choices: ["default_on", "default_off"],
    description: "With `default_off`, the cache is used only for requests that say `use-cache`.",
    default: "default_on",
    router: cacheParameter("mode"),
  },
  "cache.operations": {
    kind: "operations",
    description: "Operations whose answers are cached.",
    otherwise: "every operation",
    router: cacheParameter("supported_call_types"),
  },
  "cache.groups": {
    kind: "groupLists",
    description: "Lists of groups that share their cached answers.",
    router: ["router_settings.caching_groups"],
  },
  "cache.lookupTimeoutMs": {
    kind: "timeLimit",
    description: "The longest wait for the cache, which then counts as empty for a second.",
    default: 250,
    router: cacheParameter("lookup_timeout"),
  },
  "cache.noCache": {
    kind: "flag",
    description: "Skips the lookup; the answer is still stored.",
    call: { body: ["cache.no-cache"], header: "cache-control", flight: "own" },
  },
  "cache.noStore": {
    kind: "flag",
    description: "Skips storing the answer; the lookup is still made.",
    call: { body: ["cache.no-store"], header: "cache-control", flight: "own" },
  },
  "cache.maxAgeMs": {
    kind: "duration",
    description: "Greatest age of a cached answer.",
    call: { body: ["cache.s-maxage", "cache.s-max-age"], header: "cache-control", flight: "own" },
  },
  "cache.useCache": {
    kind: "flag",
    description: "Whether the cache is used at all.",
    otherwise: "as `cache.mode` says",
    call: { body: ["cache.use-cache", "caching"], flight: "own" },
  },
} as const satisfies Rows;
