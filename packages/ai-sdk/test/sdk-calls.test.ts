import type { LanguageModelV3, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { silentLogger } from "@modelyard/core";
import { memoryCache } from "@modelyard/cache-memory";
import { embedMany, generateText, isStepCount, Output, streamText, tool } from "ai";
import { MockEmbeddingModelV4, MockLanguageModelV3, MockLanguageModelV4 } from "ai/test";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createModelyard } from "../src/index.js";
import { all, callsOf, model, result, streamOf, textParts, usage } from "./support/mocks.js";

const quiet = { logger: silentLogger, numRetries: 0 };

/** Everything that only the specification has a place for. */
const options: LanguageModelV4CallOptions = {
  prompt: [
    { role: "system", content: "Be brief.", providerOptions: { acme: { pinned: true } } },
    {
      role: "user",
      content: [
        { type: "text", text: "Hi", providerOptions: { acme: { part: 1 } } },
        { type: "file", mediaType: "video/mp4", data: { type: "reference", reference: { acme: "file-1" } } },
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "custom", kind: "acme.thing", providerOptions: { acme: { id: 7 } } },
        {
          type: "tool-call",
          toolCallId: "call-1",
          toolName: "look",
          input: {},
          providerOptions: { google: { thoughtSignature: "sig" } },
        },
      ],
    },
    {
      role: "tool",
      content: [
        { type: "tool-result", toolCallId: "call-1", toolName: "look", output: { type: "json", value: { seen: 1 } } },
      ],
    },
  ],
  seed: 3,
  topK: 4,
  stopSequences: ["END"],
  tools: [{ type: "provider", id: "acme.search", name: "search", args: { depth: 2 } }],
  headers: { "x-session-id": "s1" },
  includeRawChunks: true,
  providerOptions: { acme: { secret: "sauce" }, modelyard: { tags: ["a"] } },
};

describe("a call of a model of the AI SDK", () => {
  it("reaches it as the SDK made it", async () => {
    const mock = model("a");
    const ai = createModelyard({ ...quiet, models: { fast: mock } });
    await ai("fast").doGenerate(options);
    const { stream } = await ai("fast").doStream(options);
    for await (const part of stream) expect(part.type).not.toBe("error");
    for (const call of callsOf(mock)) {
      const { abortSignal, ...sent } = call;
      expect(sent).toEqual(options);
      expect(abortSignal).toBeInstanceOf(AbortSignal);
    }
    expect(callsOf(mock)).toHaveLength(2);
  });

  it("gets the defaults of its deployment, and not what it must not get", async () => {
    const mock = model("a");
    const ai = createModelyard({
      ...quiet,
      models: { fast: [{ model: mock, defaults: { temperature: 0.2 }, additionalDropParams: ["top_p"] }] },
    });
    await generateText({ model: ai("fast"), prompt: "Hi", topP: 0.5, seed: 3, providerOptions: { acme: { a: 1 } } });
    expect(mock.doGenerateCalls[0]).toMatchObject({ temperature: 0.2, seed: 3, providerOptions: { acme: { a: 1 } } });
    expect(mock.doGenerateCalls[0]?.topP).toBeUndefined();
  });

  it("has its settings where they differ from the deployment's defaults", async () => {
    const mock = model("a");
    const ai = createModelyard({ ...quiet, models: { fast: { model: mock, defaults: { temperature: 0.2 } } } });
    await generateText({ model: ai("fast"), prompt: "Hi", temperature: 0.9 });
    expect(mock.doGenerateCalls[0]?.temperature).toBe(0.9);
  });
});

describe("the answer of a model of the AI SDK", () => {
  it("comes back as the model gave it, with our metadata beside the vendor's", async () => {
    const answer = {
      ...result([
        { type: "reasoning", text: "Hm.", providerMetadata: { acme: { signature: "s" } } },
        { type: "text", text: "Yes", providerMetadata: { acme: { index: 0 } } },
        { type: "source", sourceType: "document", id: "d", mediaType: "text/plain", title: "Doc" },
        { type: "file", mediaType: "image/png", data: { type: "data", data: "aGk=" } },
        { type: "custom", kind: "acme.thing" },
      ]),
      providerMetadata: { acme: { tier: "gold" } },
      response: { id: "r1", modelId: "a-2026", headers: { "x-vendor": "1" }, body: { raw: true } },
      warnings: [{ type: "other" as const, message: "Careful." }],
      request: { body: { sent: true } },
    };
    const mock = new MockLanguageModelV4({ provider: "acme.chat", modelId: "a", doGenerate: answer });
    const ai = createModelyard({ ...quiet, models: { fast: mock } });
    const got = await ai("fast").doGenerate(options);
    expect(got).toMatchObject(answer);
    expect(got.content).toEqual(answer.content);
    expect(got.providerMetadata?.["modelyard"]).toMatchObject({ deployment: "fast/acme.chat/a", retries: 0 });
    expect(got.response?.headers).toMatchObject({ "x-vendor": "1", "x-litellm-model-id": "fast/acme.chat/a" });
  });

  it("streams all parts in their order", async () => {
    const parts: readonly LanguageModelV4StreamPart[] = [
      { type: "stream-start", warnings: [{ type: "other", message: "Careful." }] },
      { type: "response-metadata", id: "r1", modelId: "a-2026", timestamp: new Date(5_000) },
      { type: "raw", rawValue: { line: 1 } },
      { type: "reasoning-start", id: "r" },
      { type: "reasoning-delta", id: "r", delta: "Hm." },
      { type: "reasoning-end", id: "r", providerMetadata: { acme: { signature: "s" } } },
      { type: "text-start", id: "t", providerMetadata: { acme: { index: 0 } } },
      { type: "text-delta", id: "t", delta: "Yes" },
      { type: "source", sourceType: "url", id: "u", url: "https://example.com" },
      { type: "text-end", id: "t" },
      { type: "tool-input-start", id: "c", toolName: "look", dynamic: true, title: "Look" },
      { type: "tool-input-delta", id: "c", delta: '{"at":' },
      { type: "tool-input-delta", id: "c", delta: "1}" },
      { type: "tool-input-end", id: "c" },
      { type: "tool-call", toolCallId: "c", toolName: "look", input: '{"at":1}', providerMetadata: { acme: { x: 1 } } },
      { type: "file", mediaType: "image/png", data: { type: "data", data: "aGk=" } },
      { type: "custom", kind: "acme.thing" },
      {
        type: "finish",
        finishReason: { unified: "tool-calls", raw: "tools" },
        usage,
        providerMetadata: { acme: { tier: "gold" } },
      },
    ];
    const mock = new MockLanguageModelV4({ provider: "acme.chat", modelId: "a", doStream: streamOf(parts) });
    const ai = createModelyard({ ...quiet, models: { fast: mock } });
    const { stream } = await ai("fast").doStream(options);
    const got = await all(stream);
    expect(got.slice(0, -1)).toEqual(parts.slice(0, -1));
    expect(got.at(-1)).toMatchObject(parts.at(-1) as object);
    expect(got.at(-1)).toMatchObject({ providerMetadata: { modelyard: { attempts: [{ outcome: "success" }] } } });
  });

  it("costs what the deployment's prices say", async () => {
    const ai = createModelyard({
      ...quiet,
      models: {
        fast: { model: model("a"), inputCostPerToken: 0.01, outputCostPerToken: 0.1, cachedInputCostPerToken: 0 },
      },
    });
    const plain = await generateText({ model: ai("fast"), prompt: "Hi" });
    const costs = { costUsd: expect.closeTo(0.57) as number };
    expect(plain.finalStep.providerMetadata?.["modelyard"]).toMatchObject(costs);
    const streamed = streamText({ model: ai("fast"), prompt: "Hi" });
    await streamed.consumeStream();
    expect((await streamed.finalStep).providerMetadata?.["modelyard"]).toMatchObject(costs);
  });

  it("can come from the response cache", async () => {
    const mock = model("a");
    const ai = createModelyard({ ...quiet, models: { fast: mock }, responseCache: memoryCache() });
    for (const cache of ["miss", "hit"]) {
      const answer = await generateText({ model: ai("fast"), prompt: "Hi" });
      expect(answer.text).toBe("from a");
      expect(answer.finalStep.providerMetadata?.["modelyard"]).toMatchObject({ cache });
    }
    expect(callsOf(mock)).toHaveLength(1);
  });
});

describe("the functions of the AI SDK", () => {
  it("take several steps with tools", async () => {
    const call = { type: "tool-call" as const, toolCallId: "c1", toolName: "weather", input: '{"city":"Oslo"}' };
    const mock = new MockLanguageModelV4({
      provider: "acme.chat",
      modelId: "a",
      doGenerate: [result([call], "tool-calls"), result("Sunny.")],
    });
    const ai = createModelyard({ ...quiet, models: { fast: mock } });
    const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: ({ city }) => `Sunny in ${city}` });
    const answer = await generateText({
      model: ai("fast"),
      prompt: "Weather?",
      tools: { weather },
      stopWhen: isStepCount(3),
    });
    expect(answer.text).toBe("Sunny.");
    expect(mock.doGenerateCalls[1]?.prompt.at(-1)).toMatchObject({
      role: "tool",
      content: [{ type: "tool-result", toolCallId: "c1", output: { type: "text", value: "Sunny in Oslo" } }],
    });
  });

  it("get structured output", async () => {
    const mock = new MockLanguageModelV4({ modelId: "a", doGenerate: result('{"city":"Oslo"}') });
    const ai = createModelyard({ ...quiet, models: { fast: mock } });
    const output = Output.object({ schema: z.object({ city: z.string() }) });
    expect((await generateText({ model: ai("fast"), prompt: "Where?", output })).output).toEqual({ city: "Oslo" });
    expect(mock.doGenerateCalls[0]?.responseFormat).toMatchObject({ type: "json" });
  });

  it("embed texts, in calls that every model of the group takes", async () => {
    const embedder = new MockEmbeddingModelV4({
      provider: "acme.embedding",
      modelId: "e",
      maxEmbeddingsPerCall: 2,
      doEmbed: async ({ values }) => ({
        embeddings: values.map((text) => [text.length, 1]),
        usage: { tokens: 4 },
        providerMetadata: { acme: { tier: "gold" } },
        warnings: [],
      }),
    });
    const ai = createModelyard({ ...quiet, models: { vectors: embedder } });
    const {
      embeddings,
      usage: counted,
      providerMetadata,
    } = await embedMany({
      model: ai.embeddingModel("vectors"),
      values: ["a", "bb", "ccc"],
      providerOptions: { acme: { dimensions: 2 } },
    });
    expect(embeddings).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    expect(counted.tokens).toBe(8);
    expect(providerMetadata).toMatchObject({ acme: { tier: "gold" }, modelyard: { modelGroup: "vectors" } });
    expect(embedder.doEmbedCalls[0]).toMatchObject({ providerOptions: { acme: { dimensions: 2 } } });
  });
});

describe("a model with the specification v3", () => {
  const v3Result = {
    content: [
      { type: "text" as const, text: "old" },
      { type: "file" as const, mediaType: "image/png", data: "aGk=" },
    ],
    finishReason: { unified: "stop" as const, raw: "stop" },
    usage,
    warnings: [],
  };

  it("is a deployment like any other", async () => {
    const mock = new MockLanguageModelV3({
      modelId: "old",
      doGenerate: v3Result,
      doStream: async () => streamOf(textParts("old")) as Awaited<ReturnType<LanguageModelV3["doStream"]>>,
    });
    const ai = createModelyard({ ...quiet, models: { fast: mock } });
    const image = new Uint8Array([1, 2]);
    const answer = await generateText({
      model: ai("fast"),
      messages: [{ role: "user", content: [{ type: "file", data: image, mediaType: "image/png" }] }],
    });
    expect(answer.text).toBe("old");
    expect(answer.files[0]?.base64).toBe("aGk=");
    expect(mock.doGenerateCalls[0]?.prompt[0]).toMatchObject({ content: [{ type: "file", data: image }] });
    expect(await streamText({ model: ai("fast"), prompt: "Hi" }).text).toBe("old");
  });
});
