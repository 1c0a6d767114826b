import type { Cache } from "@modelyard/core";
import { afterEach, describe, expect, it } from "vitest";

export interface CacheSetup {
  /** A fresh, empty cache for every test. */
  create(): Promise<Cache>;
  /** Lets `ms` pass for that cache. */
  advance(ms: number): Promise<void>;
}

/** Every sentence of the `Cache` contract, as tests. */
export function describeCache(name: string, setup: CacheSetup): void {
  describe(`${name} as a Cache`, () => {
    let cache: Cache | undefined;
    const fresh = async (): Promise<Cache> => {
      cache = await setup.create();
      return cache;
    };
    afterEach(async () => {
      await cache?.close();
    });

    it("has nothing that was never set", async () => {
      expect(await (await fresh()).get("never")).toBeUndefined();
    });

    it("gives back what was set, the latest of it", async () => {
      const store = await fresh();
      await store.set("key", "first", 60_000);
      await store.set("key", "zweite ✓", 60_000);
      expect(await store.get("key")).toBe("zweite ✓");
    });

    it("forgets what was deleted", async () => {
      const store = await fresh();
      await store.set("key", "value", 60_000);
      await store.delete("key");
      await store.delete("key");
      expect(await store.get("key")).toBeUndefined();
    });

    it("forgets after the ttl, not before", async () => {
      const store = await fresh();
      await store.set("key", "value", 200);
      expect(await store.get("key")).toBe("value");
      await setup.advance(250);
      expect(await store.get("key")).toBeUndefined();
    });

    it.each([0, -1])("deletes for a ttl of %i", async (ttlMs) => {
      const store = await fresh();
      await store.set("key", "value", 60_000);
      await store.set("key", "other", ttlMs);
      expect(await store.get("key")).toBeUndefined();
    });

    it("keeps for a ttl without end", async () => {
      const store = await fresh();
      await store.set("key", "value", Number.POSITIVE_INFINITY);
      expect(await store.get("key")).toBe("value");
    });
  });
}
