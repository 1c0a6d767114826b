import type { JsonObject, OperationName } from "@modelyard/core";
import { answers, deploymentOptions, fails, failure, hangs } from "@modelyard/testing";
import { describe, expect, it, vi } from "vitest";
import { setup } from "./support/harness.js";

describe("a long list of fallbacks", () => {
  it("costs the same for each name that a wildcard group covers, however many names were used", async () => {
    const modelList = [deploymentOptions("a"), deploymentOptions("w", { modelName: "w-*", model: "openai/*" })];
    const stringify = vi.spyOn(JSON, "stringify");
    const written = async (count: number): Promise<number> => {
      const fallbacks = Array.from({ length: count }, (_, index) => `w-${String(index)}`);
      const harness = setup({ modelList, numRetries: 0, maxFallbacks: 2 });
      harness.provider.script("*", fails("internal_server"));
      stringify.mockClear();
      await failure(harness.ask({}, { fallbacks }));
      expect(harness.served()).toEqual(["a", "w", "w"]);
      return stringify.mock.calls.length;
    };
    const [few, many] = [await written(100), await written(800)];
    stringify.mockRestore();
    expect(many).toBeLessThan(10 * few);
  });

  it("enters the same group once, also when a wildcard group covers one of the names", async () => {
    const modelList = [deploymentOptions("a"), deploymentOptions("w", { modelName: "w-*", model: "openai/*" })];
    const harness = setup({ modelList, numRetries: 0 });
    harness.provider.script("*", fails("internal_server"));
    await failure(harness.ask({}, { fallbacks: ["w-1", "gpt-4", "w-1", "a", "w-2", "w-2"] }));
    expect(harness.provider.calls.map(({ call }) => call.model)).toEqual(["a", "1", "a", "2"]);
  });
});

describe("a request with many inputs", () => {
  const texts = Array.from({ length: 100_001 }, () => "x");
  const message = "has 100001 entries, more than the 100000 that a request may have.";

  it.each<[OperationName, JsonObject, string]>([
    ["embeddings", { input: texts }, "input"],
    ["embeddings", { input: texts.map(() => [1, 2]) }, "input"],
    ["text_completion", { prompt: texts }, "prompt"],
    ["chat", { messages: texts.map((content) => ({ role: "user", content })) }, "messages"],
  ])("is rejected before it is sent: %s %#", async (operation, body, param) => {
    const { router, provider } = setup({ modelList: [deploymentOptions("a")] });
    const error = await failure(router.execute(operation, { model: "gpt-4", ...body }));
    expect([error.kind, error.status, error.param, error.message]).toEqual([
      "bad_request",
      400,
      param,
      `${param} ${message}`,
    ]);
    expect(provider.calls).toEqual([]);
  });

  it("may have a single text of as many tokens as that", async () => {
    const { router, provider, clock } = setup({ modelList: [deploymentOptions("a")] });
    await clock.until(router.execute("embeddings", { model: "gpt-4", input: texts.map(() => 1) }));
    expect(provider.calls).toHaveLength(1);
  });
});

describe("the rest of a list of fallbacks", () => {
  it("is not tried after a fallback rejected the request for its content", async () => {
    const harness = setup({
      modelList: [
        deploymentOptions("a"),
        deploymentOptions("b", { modelName: "second" }),
        deploymentOptions("c", { modelName: "third" }),
      ],
      fallbacks: { "gpt-4": ["second", "third"] },
      numRetries: 0,
    });
    harness.provider.script("a", fails("internal_server"));
    harness.provider.script("b", fails("content_policy_violation"));
    expect((await failure(harness.ask())).kind).toBe("internal_server");
    expect(harness.served()).toEqual(["a", "b"]);
  });

  it("takes a prompt that is too long to the first group with a large enough context window", async () => {
    const harness = setup({
      modelList: [
        deploymentOptions("a"),
        deploymentOptions("small", { modelName: "second", maxInputTokens: 1 }),
        deploymentOptions("tiny", { modelName: "third", maxInputTokens: 1 }),
        deploymentOptions("large", { modelName: "third", maxInputTokens: 100_000 }),
      ],
      contextWindowFallbacks: { "gpt-4": ["second", "third"] },
      enablePreCallChecks: true,
      numRetries: 0,
    });
    harness.provider.script("a", fails("context_window_exceeded"));
    harness.provider.script("large", answers("fits"));
    await harness.ask({ messages: [{ role: "user", content: "a long story, word by word" }] });
    expect(harness.served()).toEqual(["a", "large"]);
  });
});

it("a stream that sends nothing ends at the shorter of its two time limits", async () => {
  for (const [timeouts, ms] of [
    [{ totalMs: 100, firstTokenMs: 500 }, 100],
    [{ totalMs: 500, firstTokenMs: 100 }, 100],
    [{ firstTokenMs: 100 }, 100],
  ] as const) {
    const harness = setup({ modelList: [deploymentOptions("a")], numRetries: 0, timeouts });
    harness.provider.script("a", hangs());
    const start = harness.clock.now();
    expect((await failure(harness.ask({ stream: true }))).kind).toBe("timeout");
    expect(harness.clock.now() - start).toBe(ms);
  }
});

it("a request can override whether fields unknown to the vendor are dropped", async () => {
  const harness = setup({ modelList: [deploymentOptions("a", { dropParams: true })] });
  await harness.ask();
  await harness.ask({}, { dropParams: false });
  await harness.ask({ drop_params: false });
  expect(harness.provider.calls.map(({ call }) => call.dropParams)).toEqual([true, false, false]);
});
