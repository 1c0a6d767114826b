import { memoryCache } from "@modelyard/cache-memory";
import type { Cache } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { ConditionWatch, deploymentOptions } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

describe("the response cache for long requests", () => {
  const long = "story ".repeat(60_000);

  /** A cache that reports when it has stored a number of entries. Answers are stored after the caller has received them. */
  function watchedCache(): { readonly cache: Cache; readonly stored: (count: number) => Promise<void> } {
    const cache = memoryCache();
    const watch = new ConditionWatch();
    const keys = new Set<string>();
    return {
      cache: {
        name: cache.name,
        get: (key) => cache.get(key),
        set: async (key, value, ttlMs) => {
          await cache.set(key, value, ttlMs);
          keys.add(key);
          watch.changed();
        },
        delete: (key) => cache.delete(key),
        close: () => cache.close(),
      },
      stored: (count) => watch.until(() => keys.size >= count),
    };
  }

  /** On the system's clock: long data is hashed off this thread, which takes real time. */
  const caching = () => {
    const { cache, stored } = watchedCache();
    const built = setup({
      modelList: [deploymentOptions("a")],
      responseCache: cache,
      cacheResponses: true,
      clock: systemClock,
    });
    return { ...built, stored };
  };

  it("answers the same request again, whatever the order of its keys and its metadata", async () => {
    const { router, served, stored } = caching();
    await router.completion({ model: "gpt-4", messages: [{ role: "user", content: long }], metadata: { trace: "1" } });
    await stored(1);
    await router.completion({ metadata: { trace: "2" }, messages: [{ content: long, role: "user" }], model: "gpt-4" });
    expect(served()).toHaveLength(1);
    await router.completion({ model: "gpt-4", messages: [{ role: "user", content: `${long}!` }] });
    expect(served()).toHaveLength(2);
  });

  it("finds a long text by itself and among others", async () => {
    const { router, provider, stored } = caching();
    const embed = (input: readonly string[]) => router.embedding({ model: "gpt-4", input });
    const shorts = Array.from({ length: 20 }, (_, index) => `${String(index)} ${"word ".repeat(1_000)}`);
    await embed([long]);
    await stored(1);
    await embed([...shorts, long]);
    await stored(21);
    await embed(shorts.toReversed());
    const sizes = provider.calls.map(({ call }) => (call.request as unknown as { input: unknown[] }).input.length);
    expect(sizes).toEqual([1, 20]);
  });
});
