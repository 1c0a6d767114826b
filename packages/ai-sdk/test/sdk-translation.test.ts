import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { silentLogger } from "@modelyard/core";
import { MockEmbeddingModelV4, MockLanguageModelV4 } from "ai/test";
import { describe, expect, it } from "vitest";
import { createModelyard } from "../src/index.js";
import { all, model, result, streamOf, textParts, usage } from "./support/mocks.js";

const quiet = { logger: silentLogger, numRetries: 0 };
const parameters = { type: "object", properties: { city: { type: "string" } } };

function routerTo(mock: MockLanguageModelV4 | MockEmbeddingModelV4) {
  return createModelyard({ ...quiet, models: { fast: mock } }).router;
}

const thinking = result(
  [
    { type: "reasoning", text: "Hm.", providerMetadata: { anthropic: { signature: "sig" } } },
    { type: "text", text: "Look." },
    { type: "tool-call", toolCallId: "c1", toolName: "weather", input: '{"city":"Oslo"}' },
  ],
  "tool-calls",
);

const thinkingParts: readonly LanguageModelV4StreamPart[] = [
  { type: "stream-start", warnings: [] },
  { type: "reasoning-start", id: "r" },
  { type: "reasoning-delta", id: "r", delta: "Hm." },
  { type: "reasoning-delta", id: "r", delta: "", providerMetadata: { anthropic: { signature: "sig" } } },
  { type: "reasoning-end", id: "r" },
  { type: "text-start", id: "t" },
  { type: "text-delta", id: "t", delta: "Look." },
  { type: "text-end", id: "t" },
  { type: "tool-input-start", id: "c1", toolName: "weather" },
  { type: "tool-input-delta", id: "c1", delta: '{"city":' },
  { type: "tool-input-delta", id: "c1", delta: '"Oslo"}' },
  { type: "tool-input-end", id: "c1" },
  { type: "tool-call", toolCallId: "c1", toolName: "weather", input: '{"city":"Oslo"}' },
  { type: "finish", finishReason: { unified: "tool-calls", raw: "tool_use" }, usage },
];

describe("a model of the AI SDK behind the router's own methods", () => {
  it("answers chat completions, with settings, tools and results", async () => {
    const mock = new MockLanguageModelV4({ modelId: "a", doGenerate: thinking });
    const answer = await routerTo(mock).completion({
      model: "fast",
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Weather?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,aGk=" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c0", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } }],
        },
        { role: "tool", tool_call_id: "c0", content: "Sunny" },
      ],
      temperature: 0.3,
      stop: ["END"],
      seed: 5,
      max_tokens: 100,
      tools: [{ type: "function", function: { name: "weather", parameters } }],
      tool_choice: "required",
    });
    expect(answer.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: "Look.",
        tool_calls: [{ id: "c1", function: { name: "weather", arguments: '{"city":"Oslo"}' } }],
      },
    });
    expect(answer.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 5 });
    expect(mock.doGenerateCalls[0]).toMatchObject({
      temperature: 0.3,
      stopSequences: ["END"],
      seed: 5,
      maxOutputTokens: 100,
      toolChoice: { type: "required" },
      tools: [{ type: "function", name: "weather", inputSchema: parameters }],
      prompt: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Weather?" },
            { type: "file", mediaType: "image/png", data: { type: "data", data: "aGk=" } },
          ],
        },
        {
          role: "assistant",
          content: [{ type: "tool-call", toolCallId: "c0", toolName: "weather", input: { city: "Rome" } }],
        },
        {
          role: "tool",
          content: [
            { type: "tool-result", toolCallId: "c0", toolName: "weather", output: { type: "text", value: "Sunny" } },
          ],
        },
      ],
    });
  });

  it("answers messages, and takes its reasoning back", async () => {
    const mock = new MockLanguageModelV4({ modelId: "a", doGenerate: async () => thinking });
    const router = routerTo(mock);
    const question = { role: "user", content: "Weather?" } as const;
    const first = await router.messages({ model: "fast", max_tokens: 100, messages: [question] });
    expect(first).toMatchObject({
      stop_reason: "tool_use",
      content: [
        { type: "thinking", thinking: "Hm.", signature: "sig" },
        { type: "text", text: "Look." },
        { type: "tool_use", id: "c1", name: "weather", input: { city: "Oslo" } },
      ],
    });
    await router.messages({
      model: "fast",
      max_tokens: 100,
      messages: [
        question,
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "Sunny", is_error: true }] },
      ],
    } as Parameters<typeof router.messages>[0]);
    expect(mock.doGenerateCalls[1]?.prompt.slice(1)).toMatchObject([
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Hm.", providerOptions: { anthropic: { signature: "sig" } } },
          { type: "text", text: "Look." },
          { type: "tool-call", toolCallId: "c1" },
        ],
      },
      { role: "tool", content: [{ type: "tool-result", output: { type: "error-text", value: "Sunny" } }] },
    ]);
  });

  it("streams chat completions, responses and messages", async () => {
    const mock = new MockLanguageModelV4({ modelId: "a", doStream: async () => streamOf(thinkingParts) });
    const router = routerTo(mock);
    const chunks = await all(
      await router.completion({ model: "fast", messages: [{ role: "user", content: "Hi" }], stream: true }),
    );
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Look.");
    expect(
      chunks
        .flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
        .map((call) => call.function?.arguments ?? "")
        .join(""),
    ).toBe('{"city":"Oslo"}');
    expect(chunks.findLast(({ choices }) => choices[0]?.finish_reason != null)?.choices[0]?.finish_reason).toBe(
      "tool_calls",
    );

    const events = await all(await router.responses({ model: "fast", input: "Hi", stream: true }));
    expect(events.at(-1)).toMatchObject({
      type: "response.completed",
      response: {
        output: [{ type: "reasoning" }, { type: "message" }, { type: "function_call", arguments: '{"city":"Oslo"}' }],
        usage: { input_tokens: 10, output_tokens: 5, input_tokens_details: { cached_tokens: 3 } },
      },
    });

    const blocks = await all(
      await router.messages({
        model: "fast",
        max_tokens: 9,
        messages: [{ role: "user", content: "Hi" }],
        stream: true,
      }),
    );
    const types = blocks.map(({ type }) => type);
    expect(types[0]).toBe("message_start");
    expect(types.at(-1)).toBe("message_stop");
    expect(JSON.stringify(blocks)).toContain('"signature":"sig"');
  });

  it("reports the usage of a streamed chat if asked for", async () => {
    const mock = new MockLanguageModelV4({ modelId: "a", doStream: async () => streamOf(textParts("Hi")) });
    const stream = await routerTo(mock).completion({
      model: "fast",
      messages: [{ role: "user", content: "Hi" }],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await all(stream);
    expect(chunks.findLast((chunk) => chunk.usage != null)?.usage).toMatchObject({ prompt_tokens: 10 });
    expect(stream.routing.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 5 });
  });

  it("gives back the caller's names of tools", async () => {
    const call = { type: "tool-call" as const, toolCallId: "c1", toolName: "edit", input: '{"input":"*** patch"}' };
    const mock = new MockLanguageModelV4({ modelId: "a", doGenerate: result([call], "tool-calls") });
    const answer = await routerTo(mock).responses({
      model: "fast",
      input: "Edit it",
      tools: [{ type: "custom", name: "edit" }],
    });
    expect(answer.output).toMatchObject([{ type: "custom_tool_call", name: "edit", input: "*** patch" }]);
  });

  it("refuses what it has no setting for, or drops and reports it", async () => {
    const router = routerTo(model("a"));
    const request = { model: "fast", messages: [{ role: "user", content: "Hi" }], logit_bias: { "5": 1 } } as const;
    await expect(router.completion(request)).rejects.toMatchObject({ kind: "unsupported_params", param: "logit_bias" });
    const answer = await router.completion(request, { dropParams: true });
    expect(answer.routing.droppedParams).toContain("logit_bias");
  });

  it("embeds texts", async () => {
    const embedder = new MockEmbeddingModelV4({
      modelId: "e",
      doEmbed: async ({ values }) => ({
        embeddings: values.map((text) => [text.length]),
        usage: { tokens: 3 },
        warnings: [],
      }),
    });
    const answer = await routerTo(embedder).embedding({ model: "fast", input: ["a", "bb"] });
    expect(answer.data.map(({ embedding }) => embedding)).toEqual([[1], [2]]);
    expect(answer.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
    await expect(routerTo(embedder).completion({ model: "fast", messages: [] })).rejects.toMatchObject({
      kind: "unsupported_params",
    });
  });
});
