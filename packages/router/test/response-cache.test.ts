import { memoryCache } from "@modelyard/cache-memory";
import type { Cache, ChatCompletionChunk } from "@modelyard/core";
import { answers, deploymentOptions, fails, failure, streams, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { cached } from "./support/cached-harness.js";
import { type Harness, setup, trailOf } from "./support/harness.js";

async function read(stream: AsyncIterable<ChatCompletionChunk>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  return text;
}

const hi = { model: "gpt-4", messages: [{ role: "user", content: "hi" }] } as const;

describe("the response cache", () => {
  it("makes one call for equal requests, whatever the order of their fields", async () => {
    const harness = cached();
    await harness.ask({ temperature: 0.5, top_p: 1 });
    const again = await harness.ask({ top_p: 1, temperature: 0.5 });
    expect(harness.provider.calls).toHaveLength(1);
    expect(trailOf(again)).toMatchObject({ cache: "hit", costUsd: 0, deploymentId: "a", attempts: [] });
    expect(trailOf(again).cacheKey).toBe([...harness.kept.keys()][0]);
    expect(harness.types()).toEqual(expect.arrayContaining(["cache_miss", "cache_hit"]));
    expect(harness.router.state().groups[0]?.deployments[0]?.used.requests).toBe(1);
  });

  it("is neither read nor written when cache_responses is false", async () => {
    const harness = cached({ cacheResponses: false });
    await harness.ask();
    await harness.ask();
    expect([harness.provider.calls.length, harness.kept.size]).toEqual([2, 0]);
    expect(harness.types()).not.toContain("cache_miss");
  });

  it("answers before limits, cooldowns and strategies are consulted", async () => {
    const harness = cached({ modelList: [deploymentOptions("a", { rpm: 1 })] });
    await harness.ask();
    await harness.ask();
    expect(trailOf(await harness.ask()).cache).toBe("hit");
    expect(harness.provider.calls).toHaveLength(1);
  });

  it("gives every caller its own copy", async () => {
    const harness = cached();
    await harness.ask();
    const first = (await harness.ask()) as { choices: { message: { content: string } }[] };
    first.choices[0]!.message.content = "changed";
    expect(await harness.ask()).toMatchObject({ choices: [{ message: { content: "hello" } }] });
  });
});

describe("a request's cache controls", () => {
  it("skip the lookup, skip the storing, limit the age and the time to live, and set a namespace", async () => {
    const harness = cached();
    await harness.ask({ cache: { "no-store": true } });
    await harness.ask();
    await harness.ask({ cache: { "no-cache": true } });
    await harness.ask({ cache: { namespace: "other" } });
    expect(harness.provider.calls).toHaveLength(4);
    await harness.ask();
    expect(harness.provider.calls).toHaveLength(4);
    await harness.clock.advance(10_000);
    await harness.ask({ cache: { "s-maxage": 10 } });
    expect(harness.provider.calls).toHaveLength(4);
    await harness.ask({ cache: { "s-maxage": 9 } });
    expect(harness.provider.calls).toHaveLength(5);
  });

  it("refresh an answer with no-cache", async () => {
    const harness = cached();
    harness.provider.script("a", answers("old"), answers("new"));
    await harness.ask();
    await harness.ask({ cache: { "no-cache": true } });
    expect(await harness.ask()).toMatchObject({ choices: [{ message: { content: "new" } }] });
  });

  it.each([
    [{}, 600_000],
    [{ cache: { ttl: 30 } }, 30_000],
  ])("set the time to live: %j", async (body, ttlMs) => {
    const clock = new VirtualClock();
    const harness = setup({ modelList: [deploymentOptions("a")], responseCache: memoryCache({ clock }), clock });
    const ask = async (more: object) => trailOf(await clock.until(harness.router.completion({ ...hi, ...more }))).cache;
    await ask(body);
    await clock.advance(ttlMs - 1);
    expect(await ask({})).toBe("hit");
    await clock.advance(1);
    expect(await ask({})).toBe("miss");
  });

  it("enable the cache where it is off by default, and disable it where it is on", async () => {
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

  it("are refused when they are invalid", async () => {
    const harness = cached();
    for (const cache of [{ "no-cahce": true }, { ttl: "soon" }, { namespace: 3 }, "no-cache"])
      expect((await failure(harness.ask({ cache }))).status).toBe(400);
    expect(harness.provider.calls).toHaveLength(0);
  });

  it("do not affect operations that are not cached", async () => {
    const harness = cached({ cache: { operations: ["embeddings"] } });
    await harness.ask();
    expect(trailOf(await harness.ask()).cache).toBe("off");
    await harness.router.embedding({ model: "gpt-4", input: "x" });
    expect(trailOf(await harness.router.embedding({ model: "gpt-4", input: "x" })).cache).toBe("hit");
  });
});

describe("a cached answer", () => {
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
    ["a failure", false, fails("internal_server")],
    ["an empty answer", false, answers("")],
    ["an answer cut by a content filter", false, saying({ content: "I was about" }, "content_filter")],
    ["an answer without a finish reason", false, saying({ content: "I was about" }, null)],
    ["an answer without choices", false, answers("", { value: { choices: [] } as never })],
    ["a tool call", true, saying({ tool_calls: [tool] }, "tool_calls")],
    ["a refusal", true, saying({ refusal: "no" })],
    ["an answer cut at the requested length", true, saying({ content: "so much" }, "length")],
  ])("is stored if it is complete: %s (stored: %s)", async (_, kept, behavior) => {
    const harness = cached({ numRetries: 0 });
    harness.provider.script("a", behavior, answers("good"));
    await harness.ask().catch(() => undefined);
    expect(harness.kept.size).toBe(kept ? 1 : 0);
  });

  it("never comes from a mock answer, and a mocked call never reads the cache", async () => {
    const harness = cached();
    await harness.ask({ mock_response: "mocked" });
    expect(harness.kept.size).toBe(0);
    await harness.ask();
    expect(await harness.ask({ mock_response: "mocked" })).toMatchObject({
      choices: [{ message: { content: "mocked" } }],
    });
    expect((await failure(harness.ask({ mock_testing_fallbacks: true }))).kind).toBe("internal_server");
  });

  it("of a fallback is stored under the fallback group, never under the first group", async () => {
    const harness = cached({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
      numRetries: 0,
      disableCooldowns: true,
    });
    harness.provider.script("a", fails("internal_server"), answers("from a"));
    harness.provider.script("b", answers("from b"));
    expect(trailOf(await harness.ask())).toMatchObject({ cache: "miss", modelGroup: "other" });
    expect(trailOf(await harness.ask({ model: "other" })).cache).toBe("hit");
    expect(await harness.ask()).toMatchObject({ choices: [{ message: { content: "from a" } }] });
    expect(trailOf(await harness.ask())).toMatchObject({ cache: "hit", modelGroup: "gpt-4" });
  });

  it("of a fallback is found when the fallback is asked the same", async () => {
    const harness = cached({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
      fallbacks: { "gpt-4": [{ model: "other", set: { temperature: 0 } }] },
      numRetries: 0,
    });
    harness.provider.script("a", fails("internal_server"));
    await harness.ask();
    expect(trailOf(await harness.ask({ model: "other" })).cache).toBe("miss");
    expect(trailOf(await harness.ask({ model: "other", temperature: 0 })).cache).toBe("hit");
  });

  it("is ignored when it can no longer be parsed", async () => {
    const harness = cached();
    await harness.ask();
    const [key = ""] = harness.kept.keys();
    for (const text of ["", "{", "null", "[]", '{"at":1}', '{"at":1,"value":{"choices":[]}}']) {
      const spoilt = setup({
        modelList: [deploymentOptions("a")],
        responseCache: { ...memoryCache(), get: async () => text },
      });
      expect(trailOf(await spoilt.ask())).toMatchObject({ cache: "miss", deploymentId: "a" });
    }
    expect(key).not.toBe("");
  });
});

describe("cached streams", () => {
  const stream = { ...hi, stream: true } as const;

  it("are stored when they are complete, and replayed event by event with their usage", async () => {
    const harness = cached({ numRetries: 0 });
    harness.provider.script("a", streams(["half"], { finish: false, done: false }), streams(["one ", "two"]));
    await failure(harness.router.completion(stream).then(read));
    expect(harness.kept.size).toBe(0);
    const live: ChatCompletionChunk[] = [];
    for await (const chunk of await harness.router.completion(stream)) live.push(chunk);
    await harness.clock.advance(0);
    const again = await harness.router.completion(stream);
    const played: ChatCompletionChunk[] = [];
    for await (const chunk of again) played.push(chunk);
    expect(played).toEqual(live);
    expect(again.routing).toMatchObject({ cache: "hit", usage: { total_tokens: 10 }, costUsd: 0 });
    expect([harness.provider.calls.length, harness.router.inFlight, harness.clock.timers]).toEqual([2, 0, 0]);
  });

  it("reach a gateway as one part for each event, with the end on the last one", async () => {
    const harness = cached();
    harness.provider.script("a", streams(["one ", "two"]));
    await read(await harness.router.completion(stream));
    await harness.clock.advance(0);
    const outcome = await harness.router.execute("chat", stream);
    if (outcome.kind !== "stream") throw new Error("it should stream");
    const parts = [];
    for await (const part of outcome.parts) parts.push([part.chunks.length, part.finished, part.done]);
    expect(parts).toEqual([
      [1, 0, false],
      [1, 0, false],
      [1, 1, true],
    ]);
  });

  it("are not stored when they end without a finish reason", async () => {
    const harness = cached();
    harness.provider.script("a", streams(["half"], { finish: false }));
    await read(await harness.router.completion(stream));
    await harness.clock.advance(0);
    expect(harness.kept.size).toBe(0);
  });

  it("are not stored when their reader leaves", async () => {
    const harness = cached();
    harness.provider.script("a", streams(["one", "two"]));
    for await (const _ of await harness.router.completion(stream)) break;
    expect(harness.kept.size).toBe(0);
  });

  it("never answer plain calls, and plain answers never answer streamed calls", async () => {
    const harness = cached();
    await harness.ask();
    await read(await harness.router.completion(stream));
    expect(harness.provider.calls).toHaveLength(2);
  });

  it("are not stored when a second deployment had to finish them", async () => {
    const harness = cached({
      modelList: [
        deploymentOptions("a"),
        deploymentOptions("b", { modelName: "other", capabilities: { prefix: true } }),
      ],
      fallbacks: { "gpt-4": ["other"] },
      numRetries: 0,
      midStreamFallback: "continue",
    });
    harness.provider.script("a", streams(["once "], { failAfter: 1 }));
    harness.provider.script("b", streams(["upon a time"]));
    expect(await read(await harness.router.completion(stream))).toBe("once upon a time");
    await harness.clock.advance(0);
    expect(harness.kept.size).toBe(0);
  });
});

describe("a failing cache", () => {
  const broken = (cache: Partial<Cache>): Harness =>
    setup({ modelList: [deploymentOptions("a")], responseCache: { ...memoryCache(), ...cache } });
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
  ])("that %s counts as a miss and does not affect the call", async (_, cache) => {
    const harness = broken(cache);
    const began = harness.clock.now();
    await harness.ask();
    await harness.ask();
    expect([harness.provider.calls.length, harness.clock.now() - began, harness.clock.timers]).toEqual([2, 0, 0]);
  });

  it("that hangs costs its time budget once a second, and is not written meanwhile", async () => {
    let asked = 0;
    let written = 0;
    const harness = broken({
      get: () => {
        asked += 1;
        return never();
      },
      set: () => {
        written += 1;
        return never();
      },
    });
    const began = harness.clock.now();
    for (let count = 0; count < 5; count += 1) await harness.ask();
    expect([harness.clock.now() - began, asked, written, harness.provider.calls.length]).toEqual([250, 1, 0, 5]);
    await harness.clock.advance(1_000);
    await harness.ask();
    expect([asked, harness.clock.timers, harness.router.inFlight]).toEqual([2, 0, 0]);
  });

  it("that hangs does not keep a caller from aborting", async () => {
    const harness = broken({ get: never });
    const controller = new AbortController();
    const call = failure(harness.router.completion(hi, { signal: controller.signal }));
    await harness.clock.advance(10);
    controller.abort();
    expect((await call).kind).toBe("aborted");
    expect([harness.provider.calls.length, harness.clock.timers]).toEqual([0, 0]);
  });

  it("that never finishes writing holds a bounded number of answers in memory", async () => {
    let written = 0;
    const harness = broken({
      get: async () => undefined,
      set: () => {
        written += 1;
        return never();
      },
    });
    for (let seed = 0; seed < 300; seed += 1) await harness.ask({ seed });
    expect([written, harness.provider.calls.length]).toEqual([256, 300]);
  });
});
