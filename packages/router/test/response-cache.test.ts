import { memoryCache } from "@modelyard/cache-memory";
import type { Cache, ChatCompletionChunk } from "@modelyard/core";
import { answers, fails, streams, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { cached } from "./support/cached-harness.js";
import { failure, type House, one, setup, trailOf } from "./support/harness.js";

async function read(stream: AsyncIterable<ChatCompletionChunk>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  return text;
}

const hi = { model: "gpt-4", messages: [{ role: "user", content: "hi" }] } as const;

describe("the response cache", () => {
  it("asks once for the same request, whatever the order of its fields", async () => {
    const house = cached();
    await house.ask({ temperature: 0.5, top_p: 1 });
    const again = await house.ask({ top_p: 1, temperature: 0.5 });
    expect(house.provider.calls).toHaveLength(1);
    expect(trailOf(again)).toMatchObject({ cache: "hit", costUsd: 0, deploymentId: "a", attempts: [] });
    expect(trailOf(again).cacheKey).toBe([...house.kept.keys()][0]);
    expect(house.types()).toEqual(expect.arrayContaining(["cache_miss", "cache_hit"]));
    expect(house.router.state().groups[0]?.deployments[0]?.used.requests).toBe(1);
  });

  it("is not asked and not filled when cache_responses is false", async () => {
    const house = cached({ cacheResponses: false });
    await house.ask();
    await house.ask();
    expect([house.provider.calls.length, house.kept.size]).toEqual([2, 0]);
    expect(house.types()).not.toContain("cache_miss");
  });

  it("answers before limits, cooldowns and strategies are asked", async () => {
    const house = cached({ modelList: [one("a", { rpm: 1 })] });
    await house.ask();
    await house.ask();
    expect(trailOf(await house.ask()).cache).toBe("hit");
    expect(house.provider.calls).toHaveLength(1);
  });

  it("gives every caller a copy of its own", async () => {
    const house = cached();
    await house.ask();
    const first = (await house.ask()) as { choices: { message: { content: string } }[] };
    first.choices[0]!.message.content = "changed";
    expect(await house.ask()).toMatchObject({ choices: [{ message: { content: "hello" } }] });
  });
});

describe("a request's cache controls", () => {
  it("skip the lookup, skip the storing, limit age and time, and keep namespaces apart", async () => {
    const house = cached();
    await house.ask({ cache: { "no-store": true } });
    await house.ask();
    await house.ask({ cache: { "no-cache": true } });
    await house.ask({ cache: { namespace: "other" } });
    expect(house.provider.calls).toHaveLength(4);
    await house.ask();
    expect(house.provider.calls).toHaveLength(4);
    await house.clock.advance(10_000);
    await house.ask({ cache: { "s-maxage": 10 } });
    expect(house.provider.calls).toHaveLength(4);
    await house.ask({ cache: { "s-maxage": 9 } });
    expect(house.provider.calls).toHaveLength(5);
  });

  it("renew an answer with no-cache", async () => {
    const house = cached();
    house.provider.script("a", answers("old"), answers("new"));
    await house.ask();
    await house.ask({ cache: { "no-cache": true } });
    expect(await house.ask()).toMatchObject({ choices: [{ message: { content: "new" } }] });
  });

  it.each([
    [{}, 600_000],
    [{ cache: { ttl: 30 } }, 30_000],
  ])("set how long an answer is kept: %j", async (body, ttlMs) => {
    const clock = new VirtualClock();
    const house = setup({ modelList: [one("a")], responseCache: memoryCache({ clock }), clock });
    const ask = async (more: object) => trailOf(await clock.until(house.router.completion({ ...hi, ...more }))).cache;
    await ask(body);
    await clock.advance(ttlMs - 1);
    expect(await ask({})).toBe("hit");
    await clock.advance(1);
    expect(await ask({})).toBe("miss");
  });

  it("opt in where the cache is off by default, and out where it is on", async () => {
    const off = cached({ cache: { mode: "default_off" } });
    await off.ask();
    await off.ask();
    expect([off.provider.calls.length, off.kept.size]).toEqual([2, 0]);
    await off.ask({ cache: { "use-cache": true } });
    expect(trailOf(await off.ask({ cache: { "use-cache": true } })).cache).toBe("hit");
    expect(trailOf(await off.ask()).cache).toBe("off");
    const on = cached();
    await on.ask();
    expect(trailOf(await on.ask({ cache: { "use-cache": false } })).cache).toBe("off");
    expect(trailOf(await on.ask({ caching: false })).cache).toBe("off");
  });

  it("are refused when they cannot be read", async () => {
    const house = cached();
    for (const cache of [{ "no-cahce": true }, { ttl: "soon" }, { namespace: 3 }, "no-cache"])
      expect((await failure(house.ask({ cache }))).status).toBe(400);
    expect(house.provider.calls).toHaveLength(0);
  });

  it("leave operations alone that are not cached", async () => {
    const house = cached({ cache: { operations: ["embeddings"] } });
    await house.ask();
    expect(trailOf(await house.ask()).cache).toBe("off");
    await house.router.embedding({ model: "gpt-4", input: "x" });
    expect(trailOf(await house.router.embedding({ model: "gpt-4", input: "x" })).cache).toBe("hit");
  });
});

describe("what is kept", () => {
  const tool = { id: "1", type: "function", function: { name: "f", arguments: "{}" } } as const;
  const saying = (message: object, finishReason: string | null = "stop") =>
    answers("", {
      value: {
        id: "v",
        object: "chat.completion",
        created: 1,
        model: "m",
        choices: [{ index: 0, message: { role: "assistant", content: null, ...message }, finish_reason: finishReason }],
      } as never,
    });

  it.each([
    ["a failure", fails("internal_server"), false],
    ["an empty answer", answers(""), false],
    ["an answer that a filter cut short", saying({ content: "I was about" }, "content_filter"), false],
    ["an answer that nobody finished", saying({ content: "I was about" }, null), false],
    ["an answer without choices", answers("", { value: { choices: [] } as never }), false],
    ["a call of a tool", saying({ tool_calls: [tool] }, "tool_calls"), true],
    ["a refusal", saying({ refusal: "no" }), true],
    ["an answer cut at the length that was asked for", saying({ content: "so much" }, "length"), true],
  ])("%s", async (_, behavior, kept) => {
    const house = cached({ numRetries: 0 });
    house.provider.script("a", behavior, answers("good"));
    await house.ask().catch(() => undefined);
    expect(house.kept.size).toBe(kept ? 1 : 0);
  });

  it("is nothing of a mocked call, which finds nothing either", async () => {
    const house = cached();
    await house.ask({ mock_response: "mocked" });
    expect(house.kept.size).toBe(0);
    await house.ask();
    expect(await house.ask({ mock_response: "mocked" })).toMatchObject({
      choices: [{ message: { content: "mocked" } }],
    });
    expect((await failure(house.ask({ mock_testing_fallbacks: true }))).kind).toBe("internal_server");
  });

  it("is a fallback's answer under the fallback's own name, never under the first one's", async () => {
    const house = cached({
      modelList: [one("a"), one("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
      numRetries: 0,
      disableCooldowns: true,
    });
    house.provider.script("a", fails("internal_server"), answers("from a"));
    house.provider.script("b", answers("from b"));
    expect(trailOf(await house.ask())).toMatchObject({ cache: "miss", modelGroup: "other" });
    expect(trailOf(await house.ask({ model: "other" })).cache).toBe("hit");
    expect(await house.ask()).toMatchObject({ choices: [{ message: { content: "from a" } }] });
    expect(trailOf(await house.ask())).toMatchObject({ cache: "hit", modelGroup: "gpt-4" });
  });

  it("is a fallback's answer to what the fallback was asked", async () => {
    const house = cached({
      modelList: [one("a"), one("b", { modelName: "other" })],
      fallbacks: { "gpt-4": [{ model: "other", set: { temperature: 0 } }] },
      numRetries: 0,
    });
    house.provider.script("a", fails("internal_server"));
    await house.ask();
    expect(trailOf(await house.ask({ model: "other" })).cache).toBe("miss");
    expect(trailOf(await house.ask({ model: "other", temperature: 0 })).cache).toBe("hit");
  });

  it("is not read when it is no answer any more", async () => {
    const house = cached();
    await house.ask();
    const [key = ""] = house.kept.keys();
    for (const text of ["", "{", "null", "[]", '{"at":1}', '{"at":1,"value":{"choices":[]}}']) {
      const spoilt = setup({
        modelList: [one("a")],
        responseCache: { ...memoryCache(), get: async () => text },
      });
      expect(trailOf(await spoilt.ask())).toMatchObject({ cache: "miss", deploymentId: "a" });
    }
    expect(key).not.toBe("");
  });
});

describe("cached streams", () => {
  const stream = { ...hi, stream: true } as const;

  it("are kept when they are whole, and played again event by event with their usage", async () => {
    const house = cached({ numRetries: 0 });
    house.provider.script("a", streams(["half"], { finish: false, done: false }), streams(["one ", "two"]));
    await failure(house.router.completion(stream).then(read));
    expect(house.kept.size).toBe(0);
    const live: ChatCompletionChunk[] = [];
    for await (const chunk of await house.router.completion(stream)) live.push(chunk);
    await house.clock.advance(0);
    const again = await house.router.completion(stream);
    const played: ChatCompletionChunk[] = [];
    for await (const chunk of again) played.push(chunk);
    expect(played).toEqual(live);
    expect(again.routing).toMatchObject({ cache: "hit", usage: { total_tokens: 10 }, costUsd: 0 });
    expect([house.provider.calls.length, house.router.inFlight, house.clock.timers]).toEqual([2, 0, 0]);
  });

  it("reach a proxy as one part for each event, with the end on the last", async () => {
    const house = cached();
    house.provider.script("a", streams(["one ", "two"]));
    await read(await house.router.completion(stream));
    await house.clock.advance(0);
    const outcome = await house.router.execute("chat", stream);
    if (outcome.kind !== "stream") throw new Error("it should stream");
    const parts = [];
    for await (const part of outcome.parts) parts.push([part.chunks.length, part.finished, part.done]);
    expect(parts).toEqual([
      [1, 0, false],
      [1, 0, false],
      [1, 1, true],
    ]);
  });

  it("are not kept when an end mark alone ends them", async () => {
    const house = cached();
    house.provider.script("a", streams(["half"], { finish: false }));
    await read(await house.router.completion(stream));
    await house.clock.advance(0);
    expect(house.kept.size).toBe(0);
  });

  it("are not kept when their reader leaves", async () => {
    const house = cached();
    house.provider.script("a", streams(["one", "two"]));
    for await (const _ of await house.router.completion(stream)) break;
    expect(house.kept.size).toBe(0);
  });

  it("do not stand for plain answers, nor plain answers for them", async () => {
    const house = cached();
    await house.ask();
    await read(await house.router.completion(stream));
    expect(house.provider.calls).toHaveLength(2);
  });

  it("are not kept when a second deployment had to finish them", async () => {
    const house = cached({
      modelList: [one("a"), one("b", { modelName: "other", capabilities: { prefix: true } })],
      fallbacks: { "gpt-4": ["other"] },
      numRetries: 0,
      midStreamFallback: "continue",
    });
    house.provider.script("a", streams(["once "], { failAfter: 1 }));
    house.provider.script("b", streams(["upon a time"]));
    expect(await read(await house.router.completion(stream))).toBe("once upon a time");
    await house.clock.advance(0);
    expect(house.kept.size).toBe(0);
  });
});

describe("a cache in trouble", () => {
  const broken = (cache: Partial<Cache>): House =>
    setup({ modelList: [one("a")], responseCache: { ...memoryCache(), ...cache } });
  const never = () =>
    new Promise<never>(() => {
      // Never settles.
    });

  it.each([
    ["rejects", { get: () => Promise.reject(new Error("no")), set: () => Promise.reject(new Error("no")) }],
    [
      "throws",
      {
        get: () => {
          throw new Error("no");
        },
        set: () => {
          throw new Error("no");
        },
      },
    ],
  ])("that %s is a miss and nothing more", async (_, cache) => {
    const house = broken(cache);
    const began = house.clock.now();
    await house.ask();
    await house.ask();
    expect([house.provider.calls.length, house.clock.now() - began, house.clock.timers]).toEqual([2, 0, 0]);
  });

  it("that hangs costs its budget once a second, and is not filled meanwhile", async () => {
    let asked = 0;
    let written = 0;
    const house = broken({
      get: () => {
        asked += 1;
        return never();
      },
      set: () => {
        written += 1;
        return never();
      },
    });
    const began = house.clock.now();
    for (let count = 0; count < 5; count += 1) await house.ask();
    expect([house.clock.now() - began, asked, written, house.provider.calls.length]).toEqual([250, 1, 0, 5]);
    await house.clock.advance(1_000);
    await house.ask();
    expect([asked, house.clock.timers, house.router.inFlight]).toEqual([2, 0, 0]);
  });

  it("that hangs keeps nobody from leaving", async () => {
    const house = broken({ get: never });
    const controller = new AbortController();
    const call = failure(house.router.completion(hi, { signal: controller.signal }));
    await house.clock.advance(10);
    controller.abort();
    expect((await call).kind).toBe("aborted");
    expect([house.provider.calls.length, house.clock.timers]).toEqual([0, 0]);
  });

  it("that never finishes writing holds a bounded number of answers", async () => {
    let written = 0;
    const house = broken({
      get: async () => undefined,
      set: () => {
        written += 1;
        return never();
      },
    });
    for (let seed = 0; seed < 300; seed += 1) await house.ask({ seed });
    expect([written, house.provider.calls.length]).toEqual([256, 300]);
  });
});
