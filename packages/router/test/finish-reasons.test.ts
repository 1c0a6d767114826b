// A call with a status of 200 has failed if the finish reason, or an error within a choice, says so.
import { memoryCache } from "@modelyard/cache-memory";
import type { ErrorKind, ProviderResult } from "@modelyard/core";
import { openaiFinishReasons, sleep, type StreamPart } from "@modelyard/core/kit";
import { answers, deploymentOptions, failure, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type Harness, setup, trailOf } from "./support/harness.js";

const answer = (finishReason: string | null, content: string | null = "half an answ", more: object = {}) =>
  ({
    id: "x",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: finishReason, ...more }],
  }) as never;

const twoGroups = [deploymentOptions("flaky"), deploymentOptions("ok", { modelName: "spare" })];

/** A group whose only deployment is flaky, with a fallback that serves, and a response cache. */
function withFallback(more: object = {}): Harness {
  return setup({
    modelList: twoGroups.map((deployment) => ({ ...deployment, ...(deployment.id === "flaky" ? more : {}) })),
    fallbacks: { "gpt-4": ["spare"] },
    numRetries: 0,
    responseCache: memoryCache(),
  });
}

async function text(stream: object): Promise<string> {
  let all = "";
  for await (const chunk of stream as AsyncIterable<{ choices: { delta: { content?: string } }[] }>)
    all += chunk.choices[0]?.delta.content ?? "";
  return all;
}

const failures: readonly [string, ErrorKind][] = [
  ["error", "internal_server"],
  ["insufficient_system_resource", "service_unavailable"],
  ["network_error", "bad_gateway"],
  ["abort", "service_unavailable"],
  ["MALFORMED_FUNCTION_CALL", "internal_server"],
  ["model_context_window_exceeded", "context_window_exceeded"],
  ["upstream_failure", "internal_server"],
  ["server_error", "internal_server"],
];

describe("a finish reason that reports a failure", () => {
  it.each(failures)("%s is an error of the kind %s: the fallback serves, and nothing is cached", async (word, kind) => {
    const harness = withFallback();
    harness.provider.script("flaky", answers("", { value: answer(word) }));
    harness.provider.script("ok", answers("whole"));
    for (let times = 1; times <= 2; times += 1) {
      const trail = trailOf(await harness.ask());
      expect(trail.attempts.map((attempt) => attempt.error?.kind)).toEqual([kind, undefined]);
      expect(trail).toMatchObject({ modelGroup: "spare", fallbacks: 1, cache: "miss" });
      await harness.clock.advance(10_000);
    }
  });

  it.each(failures)("%s in a stream without content: the fallback serves", async (word, kind) => {
    const harness = withFallback();
    harness.provider.script("flaky", streams([], { finishReason: word }));
    harness.provider.script("ok", streams(["whole"]));
    const stream = await harness.ask({ stream: true });
    expect(await text(stream)).toBe("whole");
    expect(trailOf(stream).attempts.map((attempt) => attempt.error?.kind)).toEqual([kind, undefined]);
  });

  it.each(failures)("%s in a stream with content ends it with an error, and nothing is cached", async (word, kind) => {
    const harness = withFallback();
    harness.provider.script("flaky", streams(["half"], { finishReason: word }));
    const stream = await harness.ask({ stream: true });
    expect((await failure(text(stream))).kind).toBe(kind);
    harness.provider.script("flaky", streams(["whole"]));
    expect(await text(await harness.ask({ stream: true }))).toBe("whole");
  });

  it("falls back to the content policy list if it refers to the vendor's policy", async () => {
    const harness = setup({ modelList: twoGroups, contentPolicyFallbacks: { "gpt-4": ["spare"] } });
    harness.provider.script("flaky", answers("", { value: answer("sensitive", "") }));
    harness.provider.script("ok", answers("whole"));
    expect(trailOf(await harness.ask())).toMatchObject({ modelGroup: "spare", retries: 0, fallbacks: 1 });
  });

  it("charges the usage that the vendor reported", async () => {
    const harness = withFallback({ inputCostPerToken: 1, outputCostPerToken: 1 });
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
    harness.provider.script("flaky", answers("", { value: { ...(answer("error") as object), usage } as never }));
    const trail = trailOf(await harness.ask());
    expect(trail.attempts[0]).toMatchObject({ outcome: "failure", usage });
  });

  it("names the model and the reason in the error, cut to a bounded length", async () => {
    const harness = setup({ modelList: [deploymentOptions("a", { model: "openai/large" })], numRetries: 0 });
    harness.provider.script("a", answers("", { value: answer(`error${"!".repeat(10_000)}`) }));
    const { message } = await failure(harness.ask());
    expect(message).toMatch(/^openai \(large\) ended its answer/u);
    expect(message).toContain('the finish reason "error!!!');
    expect(message.length).toBeLessThan(300);
  });
});

describe("an unknown finish reason", () => {
  it("ends a usable answer, which is not cached", async () => {
    const harness = withFallback();
    harness.provider.script("flaky", answers("", { value: answer("novel_reason", "an answer") }));
    for (let times = 1; times <= 2; times += 1)
      expect(trailOf(await harness.ask())).toMatchObject({ modelGroup: "gpt-4", cache: "miss" });
    harness.provider.script("flaky", streams(["an ", "answer"], { finishReason: "novel_reason" }));
    expect(await text(await harness.ask({ stream: true }))).toBe("an answer");
  });

  it.each([
    ["plain", answers("", { value: answer("novel_reason", "") }), false],
    ["plain, without content", answers("", { value: answer("novel_reason", null) }), false],
    ["streamed", streams([], { finishReason: "novel_reason" }), true],
  ])("is an error if nothing usable came with it, %s", async (_, behavior, stream) => {
    const harness = withFallback();
    harness.provider.script("flaky", behavior);
    harness.provider.script("ok", stream ? streams(["whole"]) : answers("whole"));
    const trail = trailOf(await harness.ask({ stream }));
    expect(trail.attempts.map((attempt) => attempt.error?.kind)).toEqual(["invalid_response", undefined]);
  });
});

describe("the setting finishReasons of a deployment", () => {
  it.each([
    ["a failure", { novel: "RateLimitError" } as const, "novel", ["rate_limit", undefined]],
    ["an ordinary end, against the built-in table", { error: "stop" } as const, "error", [undefined]],
    [
      "a failure, in any letter case",
      { Novel: "ServiceUnavailableError" } as const,
      "NOVEL",
      ["service_unavailable", undefined],
    ],
  ])("makes a custom finish reason %s", async (_, finishReasons, word, kinds) => {
    const harness = withFallback({ finishReasons });
    harness.provider.script("flaky", answers("", { value: answer(word) }));
    expect(trailOf(await harness.ask()).attempts.map((attempt) => attempt.error?.kind)).toEqual(kinds);
  });

  it("makes a custom finish reason a complete answer that is cached", async () => {
    const harness = withFallback({ finishReasons: { novel: "stop" } });
    harness.provider.script("flaky", answers("", { value: answer("novel", "whole") }));
    await harness.ask();
    expect(trailOf(await harness.ask()).cache).toBe("hit");
  });

  it("is refused if it maps a reason to an unknown meaning", () => {
    const finishReasons = { novel: "RateLimitErr" } as never;
    expect(() => setup({ modelList: [deploymentOptions("a", { finishReasons })] })).toThrow(
      /finishReasons\.novel.*RateLimitError/su,
    );
  });

  it.each(Object.entries(openaiFinishReasons).filter(([, meaning]) => meaning === "complete" || meaning === "cut"))(
    "is not needed for %s, a complete answer that may be cached",
    async (word) => {
      const harness = withFallback();
      harness.provider.script("flaky", answers("", { value: answer(word, "whole") }));
      await harness.ask();
      expect(trailOf(await harness.ask())).toMatchObject({ cache: "hit", modelGroup: "gpt-4" });
    },
  );
});

describe("an error within a choice", () => {
  it.each([
    ["with a finish reason", answer("error", "", { error: { code: 502, message: "lost" } })],
    ["with an ordinary finish reason and content", answer("stop", "half", { error: { code: 502, message: "lost" } })],
    ["without a finish reason", answer(null, "half", { error: "lost" })],
  ])("in %s fails the attempt", async (_, value) => {
    const harness = withFallback();
    harness.provider.script("flaky", answers("", { value }));
    expect(trailOf(await harness.ask())).toMatchObject({ modelGroup: "spare", fallbacks: 1 });
  });
});

describe("content after a finish reason", () => {
  /** A stream of these parts, with a second and a half between them, that stays open at its end. */
  function open(harness: Harness, parts: readonly Partial<StreamPart>[]): void {
    const part = { chunks: [], bytes: undefined, content: false, finished: 0, done: false, usage: undefined };
    async function* play(): AsyncGenerator<StreamPart> {
      for (const given of parts) {
        yield { ...part, ...given };
        await sleep(harness.clock, 1_500);
      }
      await sleep(harness.clock, 3_600_000);
    }
    harness.provider.call = () => Promise.resolve({ kind: "stream", parts: play() } satisfies ProviderResult);
  }
  const chunk = (content: string, finish: string | null = null) =>
    [
      {
        id: "x",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [{ index: 0, delta: { content }, finish_reason: finish }],
      },
    ] as never;
  const says = (content: string): Partial<StreamPart> => ({ chunks: chunk(content), content: true });
  const ends = (content: string): Partial<StreamPart> => ({
    chunks: chunk(content, "stop"),
    content: content !== "",
    finished: 1,
  });

  it("is delivered, and the stream ends after the last finish reason", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    open(harness, [ends("one "), ends("two "), says("three "), ends("")]);
    expect(await harness.clock.until(text(await harness.ask({ stream: true })))).toBe("one two three ");
  });

  it("does not count as an end if the same part continues and finishes again", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")], timeouts: { idleMs: 20_000 } });
    open(harness, [ends("one "), { ...ends("two "), finished: 0 }]);
    expect(await harness.clock.until(text(await harness.ask({ stream: true })))).toBe("one two ");
  });

  it("reopens the stream, so that silence after it breaks the stream", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")], timeouts: { idleMs: 20_000 } });
    open(harness, [says("one "), ends(""), says("two ")]);
    expect((await failure(harness.clock.until(text(await harness.ask({ stream: true }))))).kind).toBe("timeout");
  });
});
