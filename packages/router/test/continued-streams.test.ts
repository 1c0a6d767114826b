import { createProviderError } from "@modelyard/core/kit";
import { deploymentOptions, fails, failure, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import type { CreateRouterOptions } from "../src/options.js";
import { setup } from "./support/harness.js";

describe("a stream that breaks in the middle", () => {
  const read = async (
    stream: AsyncIterable<{ id: string; choices: readonly { delta: { content?: string | null } }[] }>,
  ): Promise<string> => {
    let text = "";
    const ids = new Set<string>();
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      ids.add(chunk.id);
    }
    expect(ids.size).toBe(1);
    return text;
  };
  const broken = (more: Partial<CreateRouterOptions> = {}) => {
    const modelList = [
      deploymentOptions("a"),
      deploymentOptions("b", { modelName: "other", capabilities: { prefix: true } }),
    ];
    const harness = setup({
      modelList,
      fallbacks: { "gpt-4": ["other"] },
      numRetries: 0,
      midStreamFallback: "continue",
      ...more,
    });
    harness.provider.script("a", streams(["once ", "upon "], { failAfter: 2 }));
    harness.provider.script("b", streams(["a ", "time"]));
    return harness;
  };
  const stream = (harness: ReturnType<typeof broken>, body: object = {}) =>
    harness.router.completion({ model: "gpt-4", stream: true, messages: [{ role: "user", content: "tell" }], ...body });

  it("is continued from its text by a capable deployment, and the usage of both is added up", async () => {
    const harness = broken();
    const answer = await stream(harness);
    expect(await read(answer)).toBe("once upon a time");
    expect(harness.provider.calls[1]?.call.request).toMatchObject({
      messages: [{ role: "user" }, { role: "assistant", content: "once upon" }],
    });
    expect(answer.routing.attempts.map((attempt) => attempt.outcome)).toEqual(["failure", "success"]);
    expect(harness.types().filter((type) => type.startsWith("request_"))).toEqual([
      "request_started",
      "request_succeeded",
    ]);
    expect([harness.router.inFlight, harness.clock.timers]).toEqual([0, 0]);
  });

  it("has the white space at the break only once when the continuing deployment repeats it", async () => {
    const harness = broken();
    harness.provider.script("b", streams([" a ", "time"]));
    expect(await read(await stream(harness))).toBe("once upon a time");
  });

  it("ends in the original error when its text is longer than what is kept in memory", async () => {
    const harness = broken();
    harness.provider.script(
      "a",
      streams(
        Array.from({ length: 9 }, () => "x".repeat(1024 * 1024)),
        { failAfter: 9 },
      ),
    );
    const error = await failure(read(await stream(harness)));
    expect(error.kind).toBe("internal_server");
    expect(harness.provider.calls).toHaveLength(1);
  });

  it.each([
    ["midStreamFallback is not enabled", { midStreamFallback: "error" }, {}],
    [
      "no other deployment exists",
      { modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })] },
      {},
    ],
    ["the answer may call tools", {}, { tools: [{ type: "function", function: { name: "f" } }] }],
    ["the answer is JSON", {}, { response_format: { type: "json_object" } }],
  ] as const)("ends in the original error when %s", async (_, options, body) => {
    const harness = broken(options);
    const error = await failure(read(await stream(harness, body)));
    expect(error.kind).toBe("internal_server");
    expect(harness.router.inFlight).toBe(0);
  });

  it("is retried invisibly while its first events are held back", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      numRetries: 1,
      holdBackEvents: 3,
    });
    harness.provider.script("*", streams(["x", "y"], { failAfter: 2 }), streams(["whole ", "and ", "good"]));
    expect(await read(await stream(harness))).toBe("whole and good");
  });

  const instructed: Partial<CreateRouterOptions> = {
    modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
    midStreamFallback: { continue: true, instruct: true },
  };

  it("is continued by any deployment with a written instruction if the operator allows it, and the trail says so", async () => {
    const harness = broken(instructed);
    const answer = await stream(harness);
    expect(await read(answer)).toBe("once upon a time");
    expect(harness.provider.calls[1]?.call.request).toMatchObject({
      messages: [
        { role: "user" },
        { role: "assistant", content: "once upon " },
        { role: "user", content: expect.stringContaining("exactly where it ends") as string },
      ],
    });
    expect(answer.routing.attempts.map((attempt) => attempt.continues)).toEqual([undefined, "instruct"]);
    expect(harness.provider.calls.map(({ call }) => call.continues)).toEqual([false, false]);
  });

  it.each([
    ["begins again from the start", ["once upon ", "a time"]],
    ["begins again in the middle of a word's piece", ["onc", "e up", "on a time"]],
    ["repeats the last words", ["upon a ", "time"]],
  ])("repeats no text when the instructed deployment %s", async (_, texts) => {
    const harness = broken(instructed);
    harness.provider.script("b", streams(texts));
    expect(await read(await stream(harness))).toBe("once upon a time");
  });

  it("is continued by prefix where a deployment supports it, before any is instructed in words", async () => {
    const modelList = [
      deploymentOptions("a"),
      deploymentOptions("words", { modelName: "first" }),
      deploymentOptions("b", { modelName: "second", continuation: {} }),
    ];
    const harness = broken({ ...instructed, modelList, fallbacks: { "gpt-4": ["first", "second"] } });
    const answer = await stream(harness);
    expect(await read(answer)).toBe("once upon a time");
    expect(harness.served()).toEqual(["a", "b"]);
    expect(answer.routing.attempts.map((attempt) => attempt.continues)).toEqual([undefined, "prefix"]);
    expect(harness.provider.calls.map(({ call }) => call.continues)).toEqual([false, true]);
  });

  const refusal =
    "This model does not support assistant message prefill. The conversation must end with a user message.";

  it("is continued in words by a deployment that refuses the prefix, and sends it no prefix again", async () => {
    const modelList = [
      deploymentOptions("a"),
      deploymentOptions("b", { modelName: "other", capabilities: { prefix: true } }),
    ];
    const harness = broken({ ...instructed, modelList, numRetries: 1 });
    const scripted = harness.provider.call.bind(harness.provider);
    harness.provider.call = async (operation, call) => {
      const result = await scripted(operation, call);
      if (call.continues !== true) return result;
      throw createProviderError({ kind: "bad_request", provider: "openai", message: refusal });
    };
    const ways: unknown[] = [];
    for (let times = 1; times <= 2; times += 1) {
      harness.provider.script("a", streams(["once ", "upon "], { failAfter: 2 }));
      const answer = await stream(harness);
      expect(await read(answer)).toBe("once upon a time");
      ways.push(answer.routing.attempts.map((attempt) => attempt.continues));
    }
    expect(ways).toEqual([
      [undefined, "prefix", "instruct"],
      [undefined, "instruct"],
    ]);
  });

  it("reports the original error, not the refusal of the prefix, when no deployment can continue it", async () => {
    const harness = broken();
    harness.provider.script("b", fails("bad_request"));
    expect((await failure(read(await stream(harness)))).kind).toBe("internal_server");
  });

  it.each([
    ["a cut", streams(["once ", "upon "], { finish: false, done: false })],
    ["a stall", streams(["once ", "upon "], { hangAfter: 2 })],
    ["an unreadable event", streams(["once ", "upon "], { failAfter: 2, failKind: "invalid_response" })],
    ["a finish reason that means a failure", streams(["once ", "upon "], { finishReason: "error" })],
  ])("is continued after the failure %s", async (_, behavior) => {
    const harness = broken({ ...instructed, timeouts: { idleMs: 1_000 } });
    harness.provider.script("a", behavior);
    expect(await harness.clock.until(read(await stream(harness)))).toBe("once upon a time");
  });

  it("reads `mid_stream_fallback` from a request's body, and refuses invalid values", async () => {
    const harness = broken({ ...instructed, midStreamFallback: "error" });
    const wish = { mid_stream_fallback: { continue: true, instruct: true } };
    expect(await read(await stream(harness, wish))).toBe("once upon a time");
    expect(harness.provider.calls.map(({ call }) => Object.keys(call.request))).not.toContain("mid_stream_fallback");
    const error = await failure(stream(harness, { mid_stream_fallback: { instruct: "yes" } }));
    expect(error).toMatchObject({ kind: "bad_request", param: "mid_stream_fallback" });
  });

  it("stays within max_attempts with every kind of continuation", async () => {
    const harness = broken({ ...instructed, maxAttempts: 1 });
    expect((await failure(read(await stream(harness)))).kind).toBe("internal_server");
    expect(harness.served()).toEqual(["a"]);
  });
});
