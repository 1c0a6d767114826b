import { describeCache } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { type Store, storeCache } from "./index.ts";

function memoryStore(): Store & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    read: async (key) => entries.get(key),
    write: async (key, value) => void entries.set(key, value),
    remove: async (key) => void entries.delete(key),
  };
}

let time = 0;

// Tests every promise of the contract.
describeCache("storeCache", {
  create: async () => storeCache(memoryStore(), () => time),
  advance: async (ms) => {
    time += ms;
  },
});

describe("storeCache", () => {
  it("removes an entry that has expired from the store", async () => {
    const store = memoryStore();
    const cache = storeCache(store, () => time);
    await cache.set("key", "value", 1_000);
    time += 1_000;
    expect(await cache.get("key")).toBeUndefined();
    expect(store.entries.size).toBe(0);
  });
});
