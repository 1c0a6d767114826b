import type { ErrorKind, FallbackEntry, FallbackMap, Fallbacks, RequestFallbacks } from "@modelyard/core";

/** The three lists, compiled: group to entries. */
export interface FallbackLists {
  readonly general: ReadonlyMap<string, readonly FallbackEntry[]>;
  readonly contextWindow: ReadonlyMap<string, readonly FallbackEntry[]>;
  readonly contentPolicy: ReadonlyMap<string, readonly FallbackEntry[]>;
}

/** The first entry of a group wins, as in LiteLLM. */
export function compileFallbacks(fallbacks: Fallbacks | undefined): Map<string, readonly FallbackEntry[]> {
  const compiled = new Map<string, readonly FallbackEntry[]>();
  if (fallbacks === undefined) return compiled;
  const maps: readonly FallbackMap[] = Array.isArray(fallbacks) ? fallbacks : [fallbacks as FallbackMap];
  for (const map of maps) {
    for (const [group, entries] of Object.entries(map)) if (!compiled.has(group)) compiled.set(group, entries);
  }
  return compiled;
}

/** Where a failed group goes next. */
export interface NextFallbacks {
  /** In order; empty: nowhere. */
  readonly entries: readonly FallbackEntry[];
  /** Whether they are those of every group without a list: what groups before it named comes first then. */
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

/** A request that does not fit, into the window or into what the account may send: a group for longer ones takes both. */
function isTooLarge(kind: ErrorKind): boolean {
  return kind === "context_window_exceeded" || kind === "payload_too_large";
}

/** @param names - the name that was asked for, and the group it led to */
export function fallbacksFor(lists: FallbackLists, names: readonly string[], kind: ErrorKind): NextFallbacks {
  if (kind === "aborted") return nowhere;
  if (kind === "content_policy_violation") return lookup(lists.contentPolicy, names) ?? nowhere;
  if (isTooLarge(kind)) {
    return lookup(lists.contextWindow, names) ?? lookup(lists.general, names) ?? nowhere;
  }
  return lookup(lists.general, names) ?? nowhere;
}

export function fallbackName(entry: FallbackEntry): string {
  return typeof entry === "string" ? entry : entry.model;
}

/** What one request says of its fallbacks. */
export interface OwnFallbacks {
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
 * A chain that the request brought for a kind of failure: walked once, from the first group on. A rejection by a policy
 * takes only what was meant for one.
 */
export function ownChain(own: OwnFallbacks, kind: ErrorKind): readonly FallbackEntry[] | undefined {
  const chain = (fallbacks: RequestFallbacks | undefined): readonly FallbackEntry[] | undefined =>
    fallbacks !== undefined && isChain(fallbacks) ? fallbacks : undefined;
  if (kind === "content_policy_violation") return chain(own.contentPolicyFallbacks);
  const general = chain(own.fallbacks);
  if (!isTooLarge(kind)) return general;
  return own.contextWindowFallbacks === undefined ? general : chain(own.contextWindowFallbacks);
}

/** The configured lists, those replaced that the request brought as maps. */
export function ownLists(own: OwnFallbacks, configured: FallbackLists): FallbackLists {
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
