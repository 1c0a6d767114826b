import { memoryCache } from "@modelyard/cache-memory";
import type { Cache } from "@modelyard/core";
import { deploymentOptions, VirtualClock } from "@modelyard/testing";
import { type Harness, type HarnessOptions, setup } from "./harness.js";

export interface CachedHouse extends Harness {
  /** The stored entries, by key. */
  readonly kept: ReadonlyMap<string, string>;
}

/** A harness with a cache on a separate clock, which does not move. */
export function cached(more: Partial<HarnessOptions> = {}): CachedHouse {
  const kept = new Map<string, string>();
  const store = memoryCache({ clock: new VirtualClock() });
  const responseCache: Cache = {
    ...store,
    set: (key, value, ttlMs) => {
      kept.set(key, value);
      return store.set(key, value, ttlMs);
    },
  };
  return { ...setup({ modelList: [deploymentOptions("a")], responseCache, ...more }), kept };
}
