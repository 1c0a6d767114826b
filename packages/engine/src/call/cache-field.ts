import type { CacheControls } from "@modelyard/core";
import { object, seconds, wrong } from "./field-values.js";

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };

/** LiteLLM's `cache` field in a request body. @throws `bad_request` naming the control that cannot be read */
export function cacheControls(value: unknown): CacheControls {
  const fields = object("cache", value);
  const controls: Mutable<CacheControls> = {};
  for (const [key, entry] of Object.entries(fields)) {
    switch (key) {
      case "no-cache":
        controls.noCache = entry === true;
        break;
      case "no-store":
        controls.noStore = entry === true;
        break;
      case "ttl":
        controls.ttlMs = seconds("cache.ttl", entry, Number.MAX_VALUE);
        break;
      case "s-maxage":
      case "s-max-age":
        controls.maxAgeMs = seconds(`cache.${key}`, entry, Number.MAX_VALUE);
        break;
      case "namespace":
        if (typeof entry !== "string") throw wrong("cache.namespace", "must be a string.");
        controls.namespace = entry;
        break;
      case "use-cache":
        controls.useCache = entry === true;
        break;
      default:
        throw wrong(`cache.${key}`, "is unknown. Known: no-cache, no-store, ttl, s-maxage, namespace, use-cache.");
    }
  }
  return controls;
}
