import type { SharedV4ProviderOptions } from "@ai-sdk/provider";
import { isJsonObject } from "@modelyard/core/kit";
import type { CacheMark } from "@modelyard/wires";
import { given, textOf } from "../given.js";

/** Namespaces whose options mark the end of what a prompt cache stores, and the names of that option. */
const places: readonly (readonly [namespace: string, option: string])[] = [
  ["modelyard", "cacheControl"],
  ["anthropic", "cacheControl"],
  ["anthropic", "cache_control"],
  ["bedrock", "cachePoint"],
];

/** The mark for a vendor's prompt cache that a message, a part or a tool has, in the options of any vendor. */
export function cacheMarkIn(options: SharedV4ProviderOptions | undefined): CacheMark | undefined {
  if (options === undefined) return undefined;
  for (const [namespace, option] of places) {
    const mark: unknown = options[namespace]?.[option];
    if (!isJsonObject(mark)) continue;
    const ttl = textOf(mark["ttl"]);
    return { ...given({ ttl }), extra: { messages: { type: "ephemeral", ...given({ ttl }) } } };
  }
  return undefined;
}
