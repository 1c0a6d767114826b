import type { LanguageModelV4CallOptions, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { silentLogger } from "@modelyard/core";
import { anthropic } from "@modelyard/providers-anthropic";
import { openai } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";
import { breaks, refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { generateText, streamText, UnsupportedFunctionalityError } from "ai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createModelyard, modelyard } from "../src/index.js";
import { model } from "./support/mocks.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.reset();
});

const providers = [openai({ apiKey: "sk-1" }), anthropic({ apiKey: "sk-2" })];

function provider() {
  const router = createRouter({
    providers,
    modelList: [
      { modelName: "gpt", model: "openai/gpt-5.4", apiBase: `${upstream.url("openai")}/v1` },
      { modelName: "claude", model: "anthropic/claude-sonnet-4-5", apiBase: upstream.url("anthropic") },
      { modelName: "old", model: "openai/gpt-4.1", apiBase: `${upstream.url("openai")}/v1` },
      { modelName: "mini", model: "openai/gpt-5-mini", apiBase: `${upstream.url("openai")}/v1` },
      { modelName: "both", model: "openai/gpt-5.4", apiBase: `${upstream.url("openai")}/v1`, order: 1 },
      { modelName: "both", model: "anthropic/claude-sonnet-4-5", apiBase: upstream.url("anthropic"), order: 2 },
    ],
    numRetries: 1,
    logger: silentLogger,
  });
  return modelyard(router);
}

/** What the vendor got. */
async function sent(name: "both" | "claude" | "gpt" | "mini" | "old", options: LanguageModelV4CallOptions) {
  const { warnings } = await provider()(name).doGenerate(options);
  const call = upstream.calls.at(-1);
  return { body: call?.body as Record<string, never>, headers: call?.headers, path: call?.path, warnings };
}

const hi: LanguageModelV4Prompt = [{ role: "user", content: [{ type: "text", text: "Hi" }] }];
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const conversation: LanguageModelV4Prompt = [
  { role: "system", content: "Be brief." },
  {
    role: "user",
    content: [
      { type: "text", text: "What is this?" },
      { type: "file", mediaType: "image/*", data: { type: "data", data: png } },
      { type: "file", mediaType: "application/pdf", filename: "a.pdf", data: { type: "data", data: "JVBERi0=" } },
    ],
  },
  { role: "assistant", content: [{ type: "tool-call", toolCallId: "call_1", toolName: "look", input: { at: 1 } }] },
  {
    role: "tool",
    content: [
      {
        type: "tool-result",
        toolCallId: "call_1",
        toolName: "look",
        output: {
          type: "content",
          value: [
            { type: "text", text: "A cat" },
            { type: "file", mediaType: "image/png", data: { type: "data", data: png } },
          ],
        },
      },
    ],
  },
];
const tools: LanguageModelV4CallOptions["tools"] = [
  { type: "function", name: "look", inputSchema: { type: "object", properties: { at: { type: "number" } } } },
];

describe("a prompt of the AI SDK", () => {
  it("reaches OpenAI with its files, calls and results", async () => {
    const { body, path, warnings } = await sent("gpt", { prompt: conversation, tools });
    expect(path).toContain("/responses");
    expect(warnings).toEqual([]);
    expect(body).toMatchObject({
      store: false,
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "What is this?" },
            { type: "input_image", image_url: expect.stringContaining("data:image/png;base64,iVBORw0KGgo") as string },
            { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" },
          ],
        },
        { type: "function_call", call_id: "call_1", arguments: '{"at":1}' },
        {
          type: "function_call_output",
          call_id: "call_1",
          output: [{ type: "input_text", text: "A cat" }, { type: "input_image" }],
        },
      ],
      tools: [{ type: "function", name: "look" }],
    });
    expect(JSON.stringify(body)).toContain("Be brief.");
  });

  it("reaches Anthropic with its files, calls and results", async () => {
    const { body, path, warnings } = await sent("claude", { prompt: conversation, tools });
    expect(path).toContain("/messages");
    expect(warnings).toEqual([]);
    expect(body).toMatchObject({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image", source: { type: "base64", media_type: "image/png" } },
            { type: "document", title: "a.pdf", source: { type: "base64", media_type: "application/pdf" } },
          ],
        },
        { role: "assistant", content: [{ type: "tool_use", id: "call_1", name: "look", input: { at: 1 } }] },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "call_1",
              content: [{ type: "text", text: "A cat" }, { type: "image" }],
            },
          ],
        },
      ],
    });
  });

  it.each(["gpt", "claude"] as const)("keeps the reasoning of %s over two turns, plain and streamed", async (name) => {
    upstream.script({}, replies("Yes", { reasoning: "Because." }));
    const options = { reasoning: "high" as const, providerOptions: { openai: { reasoningSummary: "auto" } } };
    const ai = provider();
    const question = { role: "user" as const, content: "Why?" };
    const plain = await generateText({ model: ai(name), messages: [question], ...options });
    const streamed = streamText({ model: ai(name), messages: [question], ...options });
    for (const answer of [plain, streamed]) {
      const step = await answer.finalStep;
      expect(step.reasoningText).toBe("Because.");
      const { messages } = step.response;
      await generateText({ model: ai(name), messages: [question, ...messages, question], ...options });
      const again = JSON.stringify(upstream.calls.at(-1)?.body);
      expect(again).toContain(name === "gpt" ? "encrypted_content" : '"signature"');
      expect(again).not.toContain("mdy1.");
    }
  });

  it("keeps Anthropic's marks for its cache, with their time", async () => {
    const providerOptions = { anthropic: { cacheControl: { type: "ephemeral", ttl: "1h" } } };
    const prompt: LanguageModelV4Prompt = [{ role: "system", content: "Long text.", providerOptions }, ...hi];
    const { body, warnings } = await sent("claude", { prompt });
    expect(body["system"]).toMatchObject([{ cache_control: { type: "ephemeral", ttl: "1h" } }]);
    expect(warnings).toEqual([]);
    const other = await sent("gpt", { prompt });
    expect(JSON.stringify(other.body)).not.toContain("cache_control");
  });

  it("keeps signatures that the SDK's own provider brought", async () => {
    const prompt: LanguageModelV4Prompt = [
      ...hi,
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Hm.", providerOptions: { anthropic: { signature: "sig-1" } } },
          { type: "text", text: "Yes" },
        ],
      },
      ...hi,
    ];
    const { body } = await sent("claude", { prompt, reasoning: "high", maxOutputTokens: 9_000 });
    expect(body["messages"]).toMatchObject([
      {},
      {
        content: [
          { type: "thinking", thinking: "Hm.", signature: "sig-1" },
          { type: "text", text: "Yes" },
        ],
      },
      {},
    ]);
  });

  it("with an upload of another vendor is refused, unless a model of the SDK may serve", async () => {
    const prompt: LanguageModelV4Prompt = [
      {
        role: "user",
        content: [
          { type: "file", mediaType: "application/pdf", data: { type: "reference", reference: { google: "f1" } } },
        ],
      },
    ];
    await expect(provider()("gpt").doGenerate({ prompt })).rejects.toSatisfy((error) =>
      UnsupportedFunctionalityError.isInstance(error),
    );
    const ai = createModelyard({ models: { fast: model("a") }, logger: silentLogger });
    await expect(ai("fast").doGenerate({ prompt })).resolves.toMatchObject({ content: [{ text: "from a" }] });
  });
});

it.each([
  ["openai/gpt-5.4", "/v1"],
  ["anthropic/claude-sonnet-4-5", ""],
])("a stream of %s that breaks after its beginning is continued as midStreamFallback says", async (name, path) => {
  const at = (host: string): string => `${upstream.url(host)}${path}`;
  const router = createRouter({
    providers,
    modelList: [
      { modelName: "first", model: name, apiBase: at("first") },
      { modelName: "rest", model: name, apiBase: at("rest") },
    ],
    fallbacks: { first: ["rest"] },
    midStreamFallback: { continue: true, instruct: true },
    numRetries: 0,
    logger: silentLogger,
  });
  upstream.script({ host: "first" }, breaks("truncated_stream", { text: "One two three", faultAfter: 2 }));
  upstream.script({ host: "rest" }, replies("two three four."));
  const { text, finishReason } = streamText({ model: modelyard(router)("first"), prompt: "Count." });
  expect([await text, await finishReason]).toEqual(["One two three four.", "stop"]);
});

describe("a group of models of the SDK and of the router's providers", () => {
  it("falls back from one to the other, plain and streamed", async () => {
    upstream.script({}, replies("from the router"));
    const ai = createModelyard({
      providers,
      logger: silentLogger,
      numRetries: 1,
      models: {
        up: [
          { model: model("a"), order: 2 },
          { model: "openai/gpt-5.4", apiBase: `${upstream.url("openai")}/v1`, order: 1 },
        ],
      },
    });
    expect((await generateText({ model: ai("up"), prompt: "Hi" })).text).toBe("from the router");
    upstream.script({}, refuses(500));
    expect((await generateText({ model: ai("up"), prompt: "Hi" })).text).toBe("from a");
    expect(await streamText({ model: ai("up"), prompt: "Hi" }).text).toBe("from a");
  });
});
