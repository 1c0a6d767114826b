import { VirtualClock } from "@modelyard/testing";
import { describeCache } from "@modelyard/testing/conformance";
import { seededRandom } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { memoryCache } from "./memory-cache.js";

let clock = new VirtualClock();

describeCache("memoryCache", {
  create: async () => {
    clock = new VirtualClock();
    return memoryCache({ clock });
  },
  advance: (ms) => clock.advance(ms),
});

describe("memoryCache", () => {
  it("drops the least recently used entry beyond maxEntries", async () => {
    const cache = memoryCache({ maxEntries: 2 });
    for (const key of ["a", "b"]) await cache.set(key, key, 60_000);
    await cache.get("a");
    await cache.set("c", "c", 60_000);
    expect([await cache.get("a"), await cache.get("b"), await cache.get("c")]).toEqual(["a", undefined, "c"]);
  });

  it("does not store a value larger than maxBytes", async () => {
    const cache = memoryCache({ maxBytes: 1_000 });
    await cache.set("small", "x".repeat(100), 60_000);
    await cache.set("huge", "x".repeat(1_000), 60_000);
    expect(await cache.get("huge")).toBeUndefined();
    expect(await cache.get("small")).toBeDefined();
  });

  it("deletes the old value if the new one is too large", async () => {
    const cache = memoryCache({ maxBytes: 1_000 });
    await cache.set("key", "old", 60_000);
    await cache.set("key", "x".repeat(1_000), 60_000);
    expect([await cache.get("key"), cache.entries, cache.bytes]).toEqual([undefined, 0, 0]);
  });

  it("counts two bytes for every character of key and value, until the entry is deleted", async () => {
    const cache = memoryCache();
    await cache.set("key", "värde", 60_000);
    expect([cache.entries, cache.bytes]).toEqual([1, 2 * (3 + 5)]);
    await cache.set("key", "", 60_000);
    expect(cache.bytes).toBe(6);
    await cache.delete("key");
    expect([cache.entries, cache.bytes]).toEqual([0, 0]);
  });

  it("behaves like a simple list in order of use for 20,000 random operations", async () => {
    const random = seededRandom(7);
    const pick = (below: number): number => Math.floor(random.next() * below);
    const time = new VirtualClock();
    const [maxEntries, maxBytes] = [8, 400];
    const cache = memoryCache({ maxEntries, maxBytes, clock: time });
    let model: { readonly key: string; readonly value: string; readonly until: number }[] = [];
    const bytes = (): number => model.reduce((sum, { key, value }) => sum + 2 * (key.length + value.length), 0);
    let wrong = 0;
    for (let step = 0; step < 20_000; step += 1) {
      const key = `k${String(pick(12))}`;
      const known = model.find((entry) => entry.key === key);
      const others = model.filter((entry) => entry.key !== key);
      const dice = pick(10);
      if (dice < 4) {
        const alive = known !== undefined && time.now() < known.until ? known : undefined;
        wrong += (await cache.get(key)) === alive?.value ? 0 : 1;
        model = alive === undefined ? others : [...others, alive];
      } else if (dice < 8) {
        const entry = { key, value: "v".repeat(pick(250)), until: time.now() + 1 + pick(100) };
        await cache.set(key, entry.value, entry.until - time.now());
        model = [...others, entry];
        if (2 * (key.length + entry.value.length) > maxBytes) model = others;
        while (model.length > maxEntries || bytes() > maxBytes) model = model.slice(1);
      } else if (dice < 9) {
        await cache.delete(key);
        model = others;
      } else await time.advance(pick(20));
      wrong += cache.entries === model.length && cache.bytes === bytes() ? 0 : 1;
    }
    expect(wrong).toBe(0);
  });

  it.each([
    [{ maxEntries: 0 }, "memoryCache.maxEntries: it must be a whole number, 1 or more (got 0)."],
    [{ maxBytes: "1" }, "memoryCache.maxBytes"],
    [{ maxEntires: 5 }, 'memoryCache.maxEntires: unknown option. Did you mean "maxEntries"?'],
    [{ clock: {} }, 'memoryCache.clock: it has no method "now".'],
  ])("rejects options that cannot work: %j", (options: object, message) => {
    expect(() => memoryCache(options)).toThrow(message);
  });
});
