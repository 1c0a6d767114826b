import { memoryCache } from "@modelyard/cache-memory";
import type { EmbeddingRequest, EmbeddingResponse } from "@modelyard/core";
import { answers, deploymentOptions, fails, failure, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, setup, trailOf } from "./support/harness.js";

function cached(more: Partial<HarnessOptions> = {}): Harness & {
  readonly embed: (input: EmbeddingRequest["input"], body?: object) => Promise<EmbeddingResponse>;
} {
  const responseCache = memoryCache({ clock: new VirtualClock() });
  const harness = setup({ modelList: [deploymentOptions("a")], responseCache, ...more });
  return {
    ...harness,
    embed: (input, body = {}) => harness.clock.until(harness.router.embedding({ model: "gpt-4", input, ...body })),
  };
}

const sent = (harness: Harness): readonly unknown[] =>
  harness.provider.calls.map(({ call }) => (call.request as EmbeddingRequest).input);

describe("cached embeddings", () => {
  it("are cached text by text, and only missing texts are requested", async () => {
    const harness = cached();
    await harness.embed(["a", "b"]);
    const answer = await harness.embed(["c", "b", "a"]);
    expect(answer.data.map((item) => [item.index, item.embedding])).toEqual([
      [0, [0, 1, 2]],
      [1, [1, 1, 2]],
      [2, [0, 1, 2]],
    ]);
    await harness.embed(["b", "c"]);
    expect(sent(harness)).toEqual([["a", "b"], ["c"]]);
  });

  it("are cached as one entry when there are more texts than a vendor accepts, to save lookups", async () => {
    const looked: string[] = [];
    const kept = memoryCache({ clock: new VirtualClock() });
    const get = (key: string) => {
      looked.push(key);
      return kept.get(key);
    };
    const harness = cached({ responseCache: { ...kept, get } });
    await harness.embed(Array.from({ length: 2_048 }, () => "a"));
    expect(looked).toHaveLength(2_048);
    const many = Array.from({ length: 2_049 }, () => "b");
    await harness.embed(many);
    expect(looked).toHaveLength(2_049);
    expect(trailOf(await harness.embed(many)).cache).toBe("hit");
  });

  it("are the same for a single text, for a list of one text and among others", async () => {
    const harness = cached();
    await harness.embed("a");
    expect(trailOf(await harness.embed(["a"])).cache).toBe("hit");
    await harness.embed(["b", "a"]);
    expect(trailOf(await harness.embed("b")).cache).toBe("hit");
    expect(sent(harness)).toEqual(["a", ["b"]]);
  });

  it("are kept apart for token lists, lists of token lists and texts", async () => {
    const harness = cached();
    await harness.embed([1, 2]);
    expect(trailOf(await harness.embed([[1, 2]])).cache).toBe("hit");
    await harness.embed([[1], [2]]);
    await harness.embed(["1", "2"]);
    expect(sent(harness)).toEqual([
      [1, 2],
      [[1], [2]],
      ["1", "2"],
    ]);
  });

  it("are kept apart by every other field of the request", async () => {
    const harness = cached();
    await harness.embed(["a", "b"]);
    await harness.embed(["a", "b"], { dimensions: 3 });
    await harness.embed(["a", "b"], { encoding_format: "base64" });
    expect(harness.provider.calls).toHaveLength(3);
  });

  it("keep the base64 encoding as it was received", async () => {
    const harness = cached();
    const value = { object: "list", model: "m", data: [{ object: "embedding", index: 0, embedding: "AACAPw==" }] };
    harness.provider.script("a", answers("", { value: value as never }));
    const body = { encoding_format: "base64" };
    await harness.embed("a", body);
    const hit = await harness.embed("a", body);
    expect(hit.data[0]?.embedding).toBe("AACAPw==");
    expect(harness.provider.calls).toHaveLength(1);
  });

  it("report the usage of the whole request, exactly if the vendor reported usage", async () => {
    const harness = cached();
    await harness.embed("a");
    expect((await harness.embed("a")).usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
    const mixed = await harness.embed(["a", "some other text"]);
    expect(mixed.usage?.total_tokens).toBe(8);
    expect(trailOf(mixed)).toMatchObject({ cache: "miss" });
  });

  it("are an error when the vendor returns fewer than requested, and nothing is cached", async () => {
    const harness = cached({ numRetries: 0 });
    const value = { object: "list", model: "m", data: [{ object: "embedding", index: 0, embedding: [1] }] };
    harness.provider.script("a", answers("", { value: value as never }), answers());
    expect((await failure(harness.embed(["a", "b"]))).kind).toBe("invalid_response");
    await harness.embed(["a", "b"]);
    expect(harness.provider.calls).toHaveLength(2);
  });

  it("from a fallback are cached under the fallback group", async () => {
    const harness = cached({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
      numRetries: 0,
      disableCooldowns: true,
    });
    harness.provider.script("a", fails("internal_server"), answers());
    await harness.embed(["x", "y"]);
    expect(trailOf(await harness.embed("y", { model: "other" })).cache).toBe("hit");
    await harness.embed("x");
    expect(harness.served()).toEqual(["a", "b", "a"]);
  });

  it("follow the request's cache controls and appear in events", async () => {
    const harness = cached();
    await harness.embed("a", { cache: { "no-store": true } });
    await harness.embed("a");
    await harness.embed("a", { cache: { "no-cache": true } });
    await harness.embed("a");
    expect(harness.types().filter((type) => type.startsWith("cache_"))).toEqual([
      "cache_miss",
      "cache_miss",
      "cache_miss",
      "cache_hit",
    ]);
  });

  it("share one call for identical concurrent requests", async () => {
    const harness = cached({ cache: { singleFlight: true } });
    harness.provider.script("a", answers("", { delayMs: 100 }));
    const all = await Promise.all(Array.from({ length: 5 }, () => harness.embed(["a", "b"])));
    expect(harness.provider.calls).toHaveLength(1);
    expect(all.map((answer) => answer.data.length)).toEqual([2, 2, 2, 2, 2]);
  });
});
