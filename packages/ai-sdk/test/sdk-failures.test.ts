import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { APICallError } from "@ai-sdk/provider";
import { type RouterError, silentLogger } from "@modelyard/core";
import { VirtualClock } from "@modelyard/testing";
import { generateText, streamText } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { describe, expect, it } from "vitest";
import { createModelyard, type ModelEntry } from "../src/index.js";
import { callsOf, failing, model, refusal, streamOf, textParts } from "./support/mocks.js";

const quiet = { logger: silentLogger, numRetries: 0 };

async function never(): Promise<never> {
  return new Promise(() => {});
}

/** What a call fails with behind one model. */
async function failureOf(error: unknown): Promise<APICallError & { readonly cause: RouterError }> {
  const ai = createModelyard({ ...quiet, models: { fast: failing("a", error) } });
  const thrown: unknown = await ai("fast")
    .doGenerate({ prompt: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] })
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  expect(APICallError.isInstance(thrown)).toBe(true);
  return thrown as APICallError & { readonly cause: RouterError };
}

describe("an error of a model of the AI SDK", () => {
  it.each([
    ["rate_limit", 429, refusal({ status: 429 })],
    ["authentication", 401, refusal({ status: 401 })],
    ["internal_server", 500, refusal({ status: 500 })],
    [
      "context_window_exceeded",
      400,
      refusal({ status: 400, body: '{"error":{"code":"context_length_exceeded","message":"Too long."}}' }),
    ],
    [
      "content_policy_violation",
      400,
      refusal({ status: 400, body: '{"error":{"code":"content_filter","message":"Filtered."}}' }),
    ],
    [
      "quota_exhausted",
      429,
      refusal({ status: 429, body: '{"error":{"code":"insufficient_quota","message":"You exceeded your quota."}}' }),
    ],
    ["api_connection", 502, refusal({})],
    ["api_connection", 502, new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") })],
    ["overloaded", 503, refusal({ status: 529 })],
  ] as const)("counts as %s (%i)", async (kind, status, error) => {
    const failure = await failureOf(error);
    expect(failure.cause.kind).toBe(kind);
    expect(failure).toMatchObject({ statusCode: status, isRetryable: false });
  });

  it("keeps the vendor's body, headers and address", async () => {
    const body = '{"error":{"message":"Slow down."}}';
    const failure = await failureOf(refusal({ status: 429, headers: { "Retry-After": "7", "x-vendor": "1" }, body }));
    expect(failure).toMatchObject({ url: "https://vendor.test/v1", responseBody: body, message: "Slow down." });
    expect(failure.responseHeaders).toMatchObject({ "x-vendor": "1", "retry-after": "7" });
    expect(failure.cause.retryAfterMs).toBe(7_000);
  });

  it("of the code of a provider is not taken for an outage", async () => {
    const ai = createModelyard({ ...quiet, models: { fast: failing("a", new TypeError("x is not a function")) } });
    await expect(generateText({ model: ai("fast"), prompt: "Hi" })).rejects.toMatchObject({ statusCode: 500 });
    expect(ai.router.state().groups[0]?.deployments[0]?.failures).toBe(0);
  });

  it("starts a cooldown as long as the vendor says", async () => {
    const clock = new VirtualClock();
    const limited = failing("a", refusal({ status: 429, headers: { "retry-after": "30" } }));
    const ai = createModelyard({
      ...quiet,
      clock,
      models: { fast: limited, spare: model("b") },
      fallbacks: { fast: ["spare"] },
    });
    const ask = (): Promise<string> => generateText({ model: ai("fast"), prompt: "Hi" }).then(({ text }) => text);
    expect(await ask()).toBe("from b");
    expect(await ask()).toBe("from b");
    expect(callsOf(limited)).toHaveLength(1);
    await clock.advance(30_001);
    await ask();
    expect(callsOf(limited)).toHaveLength(2);
  });

  it("about a prompt that is too long goes to the groups with a longer window", async () => {
    const long = refusal({
      status: 400,
      body: '{"error":{"message":"prompt is too long: 250000 tokens > 200000 maximum"}}',
    });
    const ai = createModelyard({
      ...quiet,
      models: { fast: failing("a", long), wide: model("w"), spare: model("s") },
      fallbacks: { fast: ["spare"] },
      contextWindowFallbacks: { fast: ["wide"] },
    });
    expect((await generateText({ model: ai("fast"), prompt: "Hi" })).text).toBe("from w");
  });

  it.each([
    ["an error of the SDK", refusal({ status: 503 })],
    ["an object", { type: "overloaded_error", message: "Overloaded" }],
    ["a text", "Something broke."],
  ])("at the beginning of a stream is hidden by a fallback: %s", async (_, error) => {
    const first = new MockLanguageModelV4({
      modelId: "a",
      doStream: streamOf([
        { type: "stream-start", warnings: [] },
        { type: "error", error },
      ]),
    });
    const ai = createModelyard({
      ...quiet,
      models: { fast: first, spare: model("b") },
      fallbacks: { fast: ["spare"] },
    });
    expect(await streamText({ model: ai("fast"), prompt: "Hi" }).text).toBe("from b");
  });

  it.each<[string, readonly LanguageModelV4StreamPart[]]>([
    ["an error", [...textParts("Half ").slice(0, 4), { type: "error", error: refusal({ status: 503 }) }]],
    ["its end", textParts("Half ").slice(0, 4)],
  ])("after the beginning of a stream is its end: %s", async (_, parts) => {
    const mock = new MockLanguageModelV4({ modelId: "a", doStream: async () => streamOf(parts) });
    const ai = createModelyard({ ...quiet, models: { fast: mock } });
    const errors: unknown[] = [];
    const answer = streamText({ model: ai("fast"), prompt: "Hi", onError: ({ error }) => void errors.push(error) });
    expect(await answer.text).toBe("Half ");
    expect(await answer.finishReason).toBe("error");
    expect(errors.map((error) => APICallError.isInstance(error))).toEqual([true]);
    expect(errors[0]).toMatchObject({ isRetryable: false });
    expect(mock.doStreamCalls).toHaveLength(1);
  });
});

describe("the options of a deployment", () => {
  it("limit the requests per minute", async () => {
    const limited = model("a");
    const ai = createModelyard({
      ...quiet,
      models: {
        fast: [
          { model: limited, rpm: 1, order: 1 },
          { model: model("b"), order: 2 },
        ],
      },
    });
    const texts = [];
    for (let count = 0; count < 3; count += 1)
      texts.push((await generateText({ model: ai("fast"), prompt: "Hi" })).text);
    expect(texts).toEqual(["from a", "from b", "from b"]);
  });

  it("limit the time, after which the vendor's call is stopped", async () => {
    const clock = new VirtualClock();
    let stopped: AbortSignal | undefined;
    const silent = new MockLanguageModelV4({
      modelId: "a",
      doGenerate: async ({ abortSignal }) => {
        stopped = abortSignal;
        return never();
      },
    });
    const ai = createModelyard({
      ...quiet,
      clock,
      models: { fast: { model: silent, timeoutMs: 500 }, spare: model("b") },
      fallbacks: { fast: ["spare"] },
    });
    const asked = generateText({ model: ai("fast"), prompt: "Hi" });
    expect((await clock.until(asked)).text).toBe("from b");
    expect(stopped?.aborted).toBe(true);
  });

  it.each([
    ["a number", 5 as unknown as ModelEntry, "models.fast[0]: this is not a model."],
    ["an object without a model", { weight: 2 } as unknown as ModelEntry, "models.fast[0]: this is not a model."],
    [
      "an old model",
      { modelId: "x", doGenerate: () => undefined, specificationVersion: "v1" } as unknown as ModelEntry,
      "has the specification v1",
    ],
    ["a name without a provider", "openai/gpt-5", "openai"],
  ])("are refused with the place of the mistake: %s", (_, entry, message) => {
    expect(() => createModelyard({ ...quiet, models: { fast: entry } })).toThrow(message);
  });
});

describe("an abort", () => {
  it("reaches the vendor, and rejects with its reason", async () => {
    const controller = new AbortController();
    let vendors: AbortSignal | undefined;
    const silent = new MockLanguageModelV4({
      modelId: "a",
      doGenerate: async ({ abortSignal }) => {
        vendors = abortSignal;
        controller.abort(new DOMException("Enough.", "AbortError"));
        return never();
      },
    });
    const ai = createModelyard({ ...quiet, models: { fast: silent } });
    const asked = generateText({ model: ai("fast"), prompt: "Hi", abortSignal: controller.signal });
    await expect(asked).rejects.toThrow("Enough.");
    expect(vendors?.aborted).toBe(true);
    expect(callsOf(silent)).toHaveLength(1);
  });

  it("of a reader that leaves cancels the vendor's stream", async () => {
    let cancelled = false;
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      start(controller) {
        for (const part of textParts("One").slice(0, 4)) controller.enqueue(part);
      },
      cancel() {
        cancelled = true;
      },
    });
    const ai = createModelyard({
      ...quiet,
      models: { fast: new MockLanguageModelV4({ modelId: "a", doStream: { stream } }) },
    });
    const answer = await ai("fast").doStream({ prompt: [] });
    const reader = answer.stream.getReader();
    await reader.read();
    await reader.cancel();
    expect(cancelled).toBe(true);
  });
});
