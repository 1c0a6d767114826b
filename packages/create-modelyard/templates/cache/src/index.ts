import type { Cache } from "@modelyard/core";
import { folderStore } from "./folder-store.ts";
import type { Store } from "./store.ts";

export { folderStore } from "./folder-store.ts";
export type { Store } from "./store.ts";

interface Entry {
  readonly value: string;
  /** Milliseconds since the Unix epoch; `null` if it does not expire. */
  readonly until: number | null;
}

/**
 * A response cache over a store that cannot expire entries by itself.
 * @param now - the time, for tests
 */
export function storeCache(store: Store, now: () => number = Date.now): Cache {
  return {
    name: "store",
    async get(key) {
      const text = await store.read(key);
      if (text === undefined) return undefined;
      const { value, until } = JSON.parse(text) as Entry;
      if (until === null || until > now()) return value;
      await store.remove(key);
      return undefined;
    },
    async set(key, value, ttlMs) {
      if (ttlMs <= 0) return store.remove(key);
      const entry: Entry = { value, until: Number.isFinite(ttlMs) ? now() + ttlMs : null };
      return store.write(key, JSON.stringify(entry));
    },
    delete: (key) => store.remove(key),
    // The store was opened elsewhere, and stays open.
    close: async () => undefined,
  };
}

/** Configuration files call this with `module_args`. An error names the argument that is wrong. */
export function cache({ folder }: { readonly folder?: unknown } = {}): Cache {
  if (typeof folder !== "string" || folder === "") throw new TypeError("folder: give the path of a folder.");
  return storeCache(folderStore(folder));
}
