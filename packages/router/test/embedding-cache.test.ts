import { memoryCache } from "@modelyard/cache-memory";
import type { EmbeddingRequest, EmbeddingResponse } from "@modelyard/core";
import { answers, fails, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { failure, type House, type HouseOptions, one, setup, trailOf } from "./support/harness.js";

function cached(more: Partial<HouseOptions> = {}): House & {
  readonly embed: (input: EmbeddingRequest["input"], body?: object) => Promise<EmbeddingResponse>;
} {
  const responseCache = memoryCache({ clock: new VirtualClock() });
  const house = setup({ modelList: [one("a")], responseCache, ...more });
  return {
    ...house,
    embed: (input, body = {}) => house.clock.until(house.router.embedding({ model: "gpt-4", input, ...body })),
  };
}

const sent = (house: House): readonly unknown[] =>
  house.provider.calls.map(({ call }) => (call.request as EmbeddingRequest).input);

describe("cached embeddings", () => {
  it("are kept text by text, and asked for only where they are missing", async () => {
    const house = cached();
    await house.embed(["a", "b"]);
    const answer = await house.embed(["c", "b", "a"]);
    expect(answer.data.map((item) => [item.index, item.embedding])).toEqual([
      [0, [0, 1, 2]],
      [1, [1, 1, 2]],
      [2, [0, 1, 2]],
    ]);
    await house.embed(["b", "c"]);
    expect(sent(house)).toEqual([["a", "b"], ["c"]]);
  });

  it("are kept as a whole when there are more texts than vendors take: each would be a look-up of its own", async () => {
    const looked: string[] = [];
    const kept = memoryCache({ clock: new VirtualClock() });
    const get = (key: string) => {
      looked.push(key);
      return kept.get(key);
    };
    const house = cached({ responseCache: { ...kept, get } });
    await house.embed(Array.from({ length: 2_048 }, () => "a"));
    expect(looked).toHaveLength(2_048);
    const many = Array.from({ length: 2_049 }, () => "b");
    await house.embed(many);
    expect(looked).toHaveLength(2_049);
    expect(trailOf(await house.embed(many)).cache).toBe("hit");
  });

  it("are the same for one text alone, in a list, and among others", async () => {
    const house = cached();
    await house.embed("a");
    expect(trailOf(await house.embed(["a"])).cache).toBe("hit");
    await house.embed(["b", "a"]);
    expect(trailOf(await house.embed("b")).cache).toBe("hit");
    expect(sent(house)).toEqual(["a", ["b"]]);
  });

  it("tell lists of tokens from lists of lists, and from texts", async () => {
    const house = cached();
    await house.embed([1, 2]);
    expect(trailOf(await house.embed([[1, 2]])).cache).toBe("hit");
    await house.embed([[1], [2]]);
    await house.embed(["1", "2"]);
    expect(sent(house)).toEqual([
      [1, 2],
      [[1], [2]],
      ["1", "2"],
    ]);
  });

  it("are apart by every other field", async () => {
    const house = cached();
    await house.embed(["a", "b"]);
    await house.embed(["a", "b"], { dimensions: 3 });
    await house.embed(["a", "b"], { encoding_format: "base64" });
    expect(house.provider.calls).toHaveLength(3);
  });

  it("keep base64 as it came", async () => {
    const house = cached();
    const value = { object: "list", model: "m", data: [{ object: "embedding", index: 0, embedding: "AACAPw==" }] };
    house.provider.script("a", answers("", { value: value as never }));
    const body = { encoding_format: "base64" };
    await house.embed("a", body);
    const hit = await house.embed("a", body);
    expect(hit.data[0]?.embedding).toBe("AACAPw==");
    expect(house.provider.calls).toHaveLength(1);
  });

  it("say what the whole request uses, exactly where the vendor said so", async () => {
    const house = cached();
    await house.embed("a");
    expect((await house.embed("a")).usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
    const mixed = await house.embed(["a", "some other text"]);
    expect(mixed.usage?.total_tokens).toBe(8);
    expect(trailOf(mixed)).toMatchObject({ cache: "miss" });
  });

  it("are a failure when fewer come back than were asked for, and nothing is kept", async () => {
    const house = cached({ numRetries: 0 });
    const value = { object: "list", model: "m", data: [{ object: "embedding", index: 0, embedding: [1] }] };
    house.provider.script("a", answers("", { value: value as never }), answers());
    expect((await failure(house.embed(["a", "b"]))).kind).toBe("invalid_response");
    await house.embed(["a", "b"]);
    expect(house.provider.calls).toHaveLength(2);
  });

  it("of a fallback are kept as the fallback's", async () => {
    const house = cached({
      modelList: [one("a"), one("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
      numRetries: 0,
      disableCooldowns: true,
    });
    house.provider.script("a", fails("internal_server"), answers());
    await house.embed(["x", "y"]);
    expect(trailOf(await house.embed("y", { model: "other" })).cache).toBe("hit");
    await house.embed("x");
    expect(house.served()).toEqual(["a", "b", "a"]);
  });

  it("obey the request's controls and show in events", async () => {
    const house = cached();
    await house.embed("a", { cache: { "no-store": true } });
    await house.embed("a");
    await house.embed("a", { cache: { "no-cache": true } });
    await house.embed("a");
    expect(house.types().filter((type) => type.startsWith("cache_"))).toEqual([
      "cache_miss",
      "cache_miss",
      "cache_miss",
      "cache_hit",
    ]);
  });

  it("share a call in the air", async () => {
    const house = cached({ cache: { singleFlight: true } });
    house.provider.script("a", answers("", { delayMs: 100 }));
    const all = await Promise.all(Array.from({ length: 5 }, () => house.embed(["a", "b"])));
    expect(house.provider.calls).toHaveLength(1);
    expect(all.map((answer) => answer.data.length)).toEqual([2, 2, 2, 2, 2]);
  });
});
