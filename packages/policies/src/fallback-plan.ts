import { type ErrorKind, errorKinds, type Fallbacks } from "@modelyard/core";
import type { FallbackEntry, FallbackMap, RequestFallbacks } from "@modelyard/core/kit";

/** The three fallback lists by model group. */
export interface FallbackLists {
  readonly general: ReadonlyMap<string, readonly FallbackEntry[]>;
  readonly contextWindow: ReadonlyMap<string, readonly FallbackEntry[]>;
  readonly contentPolicy: ReadonlyMap<string, readonly FallbackEntry[]>;
}

/** Compiles a list. If a group has several entries, the first one wins, as in LiteLLM. */
export function compileFallbacks(fallbacks: Fallbacks | undefined): Map<string, readonly FallbackEntry[]> {
  const compiled = new Map<string, readonly FallbackEntry[]>();
  if (fallbacks === undefined) return compiled;
  const maps: readonly FallbackMap[] = Array.isArray(fallbacks) ? fallbacks : [fallbacks as FallbackMap];
  for (const map of maps) {
    for (const [group, entries] of Object.entries(map)) if (!compiled.has(group)) compiled.set(group, entries);
  }
  return compiled;
}

/** The fallbacks of a group that failed. */
export interface NextFallbacks {
  /** In the order in which they are tried. Empty: there are no fallbacks. */
  readonly entries: readonly FallbackEntry[];
  /** Whether the entries are those of `*`. They come after the entries that earlier groups of this request named. */
  readonly common: boolean;
}

const nowhere: NextFallbacks = { entries: [], common: false };

function lookup(
  lists: ReadonlyMap<string, readonly FallbackEntry[]>,
  names: readonly string[],
): NextFallbacks | undefined {
  for (const name of names) {
    const entries = lists.get(name);
    if (entries !== undefined) return { entries, common: false };
  }
  for (const name of names) {
    const slash = name.indexOf("/");
    const entries = slash === -1 ? undefined : lists.get(name.slice(slash + 1));
    if (entries !== undefined) return { entries, common: false };
  }
  const entries = lists.get("*");
  return entries === undefined ? undefined : { entries, common: true };
}

/**
 * Whether a request exceeds the context window or the size that the vendor accepts. Fallbacks for the former serve
 * both.
 */
function isTooLarge(kind: ErrorKind): boolean {
  return kind === "context_window_exceeded" || kind === "payload_too_large";
}

/** @param names - the requested name, and the group it resolved to */
export function fallbacksFor(lists: FallbackLists, names: readonly string[], kind: ErrorKind): NextFallbacks {
  if (errorKinds[kind].blame === "caller") return nowhere;
  if (kind === "content_policy_violation") return lookup(lists.contentPolicy, names) ?? nowhere;
  if (isTooLarge(kind)) {
    return lookup(lists.contextWindow, names) ?? lookup(lists.general, names) ?? nowhere;
  }
  return lookup(lists.general, names) ?? nowhere;
}

export function fallbackName(entry: FallbackEntry): string {
  return typeof entry === "string" ? entry : entry.model;
}

/** A request's own settings for fallbacks. */
export interface RequestFallbackOptions {
  readonly fallbacks?: RequestFallbacks | undefined;
  readonly contextWindowFallbacks?: RequestFallbacks | undefined;
  readonly contentPolicyFallbacks?: RequestFallbacks | undefined;
}

function isChain(fallbacks: RequestFallbacks): fallbacks is readonly FallbackEntry[] {
  if (!Array.isArray(fallbacks)) return false;
  const entries = fallbacks as readonly (FallbackEntry | FallbackMap)[];
  return entries.every((entry) => typeof entry === "string" || typeof entry["model"] === "string");
}

/**
 * The fallbacks that a request lists for a kind of failure. They are tried in order, after the first group. After a
 * rejection by a content policy only `contentPolicyFallbacks` are used. `undefined`: the request has no list.
 */
export function requestFallbacks(own: RequestFallbackOptions, kind: ErrorKind): readonly FallbackEntry[] | undefined {
  const chain = (fallbacks: RequestFallbacks | undefined): readonly FallbackEntry[] | undefined =>
    fallbacks !== undefined && isChain(fallbacks) ? fallbacks : undefined;
  if (kind === "content_policy_violation") return chain(own.contentPolicyFallbacks);
  const general = chain(own.fallbacks);
  if (!isTooLarge(kind)) return general;
  return own.contextWindowFallbacks === undefined ? general : chain(own.contextWindowFallbacks);
}

/** The configured lists, with those replaced for which the request has a map. */
export function requestFallbackLists(own: RequestFallbackOptions, configured: FallbackLists): FallbackLists {
  const replaced = (
    fallbacks: RequestFallbacks | undefined,
    before: ReadonlyMap<string, readonly FallbackEntry[]>,
  ): ReadonlyMap<string, readonly FallbackEntry[]> =>
    fallbacks === undefined || isChain(fallbacks) ? before : compileFallbacks(fallbacks);
  return {
    general: replaced(own.fallbacks, configured.general),
    contextWindow: replaced(own.contextWindowFallbacks, configured.contextWindow),
    contentPolicy: replaced(own.contentPolicyFallbacks, configured.contentPolicy),
  };
}
