import type { Cache } from "@modelyard/core";
import { describeCache } from "../../src/conformance/cache.js";

interface Entry {
  readonly value: string;
  readonly until: number;
}

let now = 0;

class Store implements Cache {
  readonly name: string = "store";
  readonly entries = new Map<string, Entry>();
  get(key: string): Promise<string | undefined> {
    const entry = this.entries.get(key);
    return Promise.resolve(entry !== undefined && entry.until > now ? entry.value : undefined);
  }
  set(key: string, value: string, ttlMs: number): Promise<void> {
    if (ttlMs <= 0) return this.delete(key);
    this.entries.set(key, { value, until: now + ttlMs });
    return Promise.resolve();
  }
  delete(key: string): Promise<void> {
    this.entries.delete(key);
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** How each mutant changes a correct store. */
const wrong: Readonly<Record<string, (store: Store) => Partial<Cache>>> = {
  "no name": () => ({ name: "" }),
  "cuts keys": (store) => ({
    get: (key) => store.get(key.slice(0, 199)),
    set: (key, value, ttlMs) => store.set(key.slice(0, 199), value, ttlMs),
  }),
  "lower case": (store) => ({
    get: (key) => store.get(key.toLowerCase()),
    set: (key, value, ttlMs) => store.set(key.toLowerCase(), value, ttlMs),
  }),
  "null for a miss": (store) => ({ get: async (key) => (await store.get(key)) ?? (null as never) }),
  "empty is a miss": (store) => ({
    get: async (key) => {
      const value = await store.get(key);
      return value === "" ? undefined : value;
    },
  }),
  "reading deletes": (store) => ({
    get: async (key) => {
      const value = await store.get(key);
      await store.delete(key);
      return value;
    },
  }),
  "reading extends the ttl": (store) => ({
    get: async (key) => {
      const value = store.entries.get(key)?.value;
      if (value !== undefined) await store.set(key, value, 60_000);
      return value;
    },
  }),
  "never expires": (store) => ({ set: (key, value, ttlMs) => store.set(key, value, ttlMs > 0 ? Infinity : ttlMs) }),
  "whole seconds": (store) => ({ set: (key, value, ttlMs) => store.set(key, value, Math.ceil(ttlMs / 1000) * 1000) }),
  "whole milliseconds only": (store) => ({
    set: (key, value, ttlMs) =>
      Number.isInteger(ttlMs) || ttlMs === Infinity
        ? store.set(key, value, ttlMs)
        : Promise.reject(new Error("value is not an integer or out of range")),
  }),
  "0 does not delete": (store) => ({
    set: (key, value, ttlMs) => (ttlMs === 0 ? Promise.resolve() : store.set(key, value, ttlMs)),
  }),
  "below 0 keeps": (store) => ({ set: (key, value, ttlMs) => store.set(key, value, ttlMs < 0 ? 1_000 : ttlMs) }),
  "rejects an infinite ttl": (store) => ({
    set: (key, value, ttlMs) => store.set(key, value, JSON.parse(JSON.stringify(ttlMs)) as number),
  }),
  "first one wins": (store) => ({
    set: async (key, value, ttlMs) => {
      if (!store.entries.has(key)) await store.set(key, value, ttlMs);
    },
  }),
  "first ttl wins": (store) => ({
    set: (key, value, ttlMs) =>
      store.set(key, value, ttlMs > 0 ? (store.entries.get(key)?.until ?? now + ttlMs) - now : 0),
  }),
  "cuts values": (store) => ({ set: (key, value, ttlMs) => store.set(key, value.slice(0, 500_000), ttlMs) }),
  "one byte a character": (store) => ({
    set: (key, value, ttlMs) => store.set(key, Buffer.from(value, "latin1").toString("latin1"), ttlMs),
  }),
  "trims values": (store) => ({ set: (key, value, ttlMs) => store.set(key, value.trim(), ttlMs) }),
  "deletes nothing": () => ({ delete: () => Promise.resolve() }),
  "deletes all": (store) => ({
    delete: () => {
      store.entries.clear();
      return Promise.resolve();
    },
  }),
  "does not delete twice": (store) => ({
    delete: (key) => (store.entries.has(key) ? store.delete(key) : Promise.reject(new Error("not there"))),
  }),
};

const advance = (ms: number): Promise<void> => {
  now += ms;
  return Promise.resolve();
};

describeCache("right: a store", { create: () => Promise.resolve(new Store()), advance });

for (const [name, make] of Object.entries(wrong)) {
  const create = (): Promise<Cache> => {
    const store = new Store();
    // A copy, since the mutant calls the correct store.
    const mutant = new Store();
    Object.assign(mutant, {
      get: (key: string) => store.get(key),
      set: (key: string, value: string, ttlMs: number) => store.set(key, value, ttlMs),
      delete: (key: string) => store.delete(key),
      ...make(store),
    });
    return Promise.resolve(mutant);
  };
  describeCache(`wrong: ${name}`, { create, advance });
}
