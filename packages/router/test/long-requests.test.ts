import { memoryCache } from "@modelyard/cache-memory";
import { systemClock } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { one, setup } from "./support/harness.js";

describe("the cache with long requests", () => {
  const long = "story ".repeat(60_000);

  /** On the system's clock: long data is hashed off this thread, which takes real time. */
  const caching = () =>
    setup({ modelList: [one("a")], responseCache: memoryCache(), cacheResponses: true, clock: systemClock });

  it("serves the same request again, however its keys are ordered and whatever its metadata say", async () => {
    const { router, served } = caching();
    await router.completion({ model: "gpt-4", messages: [{ role: "user", content: long }], metadata: { trace: "1" } });
    await router.completion({ metadata: { trace: "2" }, messages: [{ content: long, role: "user" }], model: "gpt-4" });
    expect(served()).toHaveLength(1);
    await router.completion({ model: "gpt-4", messages: [{ role: "user", content: `${long}!` }] });
    expect(served()).toHaveLength(2);
  });

  it("knows a long text to embed by itself and among others", async () => {
    const { router, provider } = caching();
    const embed = (input: readonly string[]) => router.embedding({ model: "gpt-4", input });
    const shorts = Array.from({ length: 20 }, (_, index) => `${String(index)} ${"word ".repeat(1_000)}`);
    await embed([long]);
    await embed([...shorts, long]);
    await embed(shorts.toReversed());
    const sizes = provider.calls.map(({ call }) => (call.request as unknown as { input: unknown[] }).input.length);
    expect(sizes).toEqual([1, 20]);
  });
});
