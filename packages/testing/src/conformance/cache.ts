import type { Cache } from "@modelyard/core";
import { afterEach, describe, expect, it } from "vitest";

export interface CacheSetup {
  /** Creates a fresh, empty cache. Called once per test. */
  create(): Promise<Cache>;
  /** Lets `ms` milliseconds pass for that cache. */
  advance(ms: number): Promise<void>;
}

/** Tests every promise of the `Cache` contract. */
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

    it("has a name", async () => {
      expect((await fresh()).name).toMatch(/\S/u);
    });

    it("returns undefined for a key that was never set", async () => {
      expect(await (await fresh()).get("never")).toBeUndefined();
    });

    it("returns the latest value", async () => {
      const store = await fresh();
      await store.set("key", "first", 60_000);
      await store.set("key", "zweite ✓", 60_000);
      expect(await store.get("key")).toBe("zweite ✓");
      expect(await store.get("key"), "a second time").toBe("zweite ✓");
    });

    it("deletes one key and no other", async () => {
      const store = await fresh();
      await store.set("key", "value", 60_000);
      await store.set("key2", "other", 60_000);
      await store.delete("key");
      await store.delete("key");
      expect([await store.get("key"), await store.get("key2")]).toEqual([undefined, "other"]);
    });

    it("expires a value after its ttl, not before", async () => {
      const store = await fresh();
      await store.set("key", "value", 200);
      expect(await store.get("key")).toBe("value");
      await setup.advance(250);
      expect(await store.get("key")).toBeUndefined();
    });

    it("counts the ttl from the last set", async () => {
      const store = await fresh();
      await store.set("key", "short", 200);
      await store.set("key", "long", 60_000);
      await setup.advance(250);
      expect(await store.get("key")).toBe("long");
      await store.set("key", "short again", 200);
      await setup.advance(250);
      expect(await store.get("key")).toBeUndefined();
    });

    it("keeps any string whole, of any length, also the empty one", async () => {
      const store = await fresh();
      const texts = ["", "\u0000\n\r\n$-1\r\n", "é€😀", "x".repeat(1_000_000), '{"json":"✓"}'];
      await Promise.all(texts.map((text, index) => store.set(`key-${String(index)}`, text, 60_000)));
      expect(await Promise.all(texts.map((_, index) => store.get(`key-${String(index)}`)))).toEqual(texts);
    });

    it("distinguishes keys of 200 characters that differ only in the last", async () => {
      const store = await fresh();
      const long = `${"n".repeat(16)}:${"0".repeat(182)}`;
      await store.set(`${long}1`, "one", 60_000);
      await store.set(`${long}2`, "two", 60_000);
      expect([await store.get(`${long}1`), await store.get(`${long}2`), await store.get(`${long}3`)]).toEqual([
        "one",
        "two",
        undefined,
      ]);
    });

    it("distinguishes upper and lower case in keys", async () => {
      const store = await fresh();
      await store.set("Key", "upper", 60_000);
      expect(await store.get("key")).toBeUndefined();
    });

    it("accepts a ttl that is not a whole number", async () => {
      const store = await fresh();
      await store.set("key", "value", 60_000.5);
      await store.set("soon", "value", 0.5);
      expect(await store.get("key")).toBe("value");
      await setup.advance(50);
      expect(await store.get("soon")).toBeUndefined();
    });

    it.each([0, -1])("deletes the key for a ttl of %i", async (ttlMs) => {
      const store = await fresh();
      await store.set("key", "value", 60_000);
      await store.set("key", "other", ttlMs);
      expect(await store.get("key")).toBeUndefined();
    });

    it("keeps a value with an infinite ttl", async () => {
      const store = await fresh();
      await store.set("key", "value", Number.POSITIVE_INFINITY);
      expect(await store.get("key")).toBe("value");
    });
  });
}
