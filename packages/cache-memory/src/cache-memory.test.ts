import { VirtualClock } from "@modelyard/testing";
import { describeCache, describeSharedState } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { memoryCache, memoryState } from "./index.js";

let clock = new VirtualClock();

describeCache("memoryCache", {
  create: async () => {
    clock = new VirtualClock();
    return memoryCache({ clock });
  },
  advance: (ms) => clock.advance(ms),
});

describeSharedState("memoryState", { create: async () => memoryState() });

describe("memoryCache", () => {
  it("stays within its entries, the least recently used go first", async () => {
    const cache = memoryCache({ maxEntries: 2 });
    for (const key of ["a", "b"]) await cache.set(key, key, 60_000);
    await cache.get("a");
    await cache.set("c", "c", 60_000);
    expect([await cache.get("a"), await cache.get("b"), await cache.get("c")]).toEqual(["a", undefined, "c"]);
  });

  it("stays within its bytes, and does not keep what alone is too large", async () => {
    const cache = memoryCache({ maxBytes: 1_000 });
    await cache.set("small", "x".repeat(100), 60_000);
    await cache.set("huge", "x".repeat(1_000), 60_000);
    expect(await cache.get("huge")).toBeUndefined();
    expect(await cache.get("small")).toBeDefined();
  });

  it("refuses bounds that are none", () => {
    expect(() => memoryCache({ maxEntries: 0 })).toThrow("memoryCache.maxEntries");
  });
});
