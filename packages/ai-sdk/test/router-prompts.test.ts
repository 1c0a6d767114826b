import type { JSONObject, LanguageModelV4CallOptions, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { silentLogger } from "@modelyard/core";
import { anthropic } from "@modelyard/providers-anthropic";
import { openai, openaiCompatible } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";
import { breaks, callsTools, refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { generateText, streamText, UnsupportedFunctionalityError } from "ai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createModelyard, modelyard } from "../src/index.js";
import { all, model } from "./support/mocks.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.reset();
});

const providers = [openai({ apiKey: "sk-1" }), anthropic({ apiKey: "sk-2" }), openaiCompatible({ name: "groq" })];

function provider() {
  const router = createRouter({
    providers,
    modelList: [
      { modelName: "gpt", model: "openai/gpt-5.4", apiBase: `${upstream.url("openai")}/v1` },
      { modelName: "claude", model: "anthropic/claude-sonnet-4-5", apiBase: upstream.url("anthropic") },
      { modelName: "old", model: "openai/gpt-4.1", apiBase: `${upstream.url("openai")}/v1` },
      { modelName: "mini", model: "openai/gpt-5-mini", apiBase: `${upstream.url("openai")}/v1` },
      { modelName: "chat", model: "groq/openai/gpt-oss-120b", apiKey: "k", apiBase: `${upstream.url("groq")}/v1` },
      { modelName: "both", model: "openai/gpt-5.4", apiBase: `${upstream.url("openai")}/v1`, order: 1 },
      { modelName: "both", model: "anthropic/claude-sonnet-4-5", apiBase: upstream.url("anthropic"), order: 2 },
    ],
    numRetries: 1,
    logger: silentLogger,
  });
  return modelyard(router);
}

/** What the vendor got. */
async function sent(name: "both" | "chat" | "claude" | "gpt" | "mini" | "old", options: LanguageModelV4CallOptions) {
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

  it("leaves out the reasoning of a vendor that served an earlier turn", async () => {
    upstream.script({}, replies("Yes", { reasoning: "Because." }));
    const ai = provider();
    const question = { role: "user" as const, content: "Why?" };
    for (const [first, second] of [
      ["claude", "gpt"],
      ["gpt", "claude"],
    ] as const) {
      const answer = await generateText({ model: ai(first), messages: [question], reasoning: "high" });
      const { messages } = answer.finalStep.response;
      const before = upstream.calls.length;
      await generateText({ model: ai(second), messages: [question, ...messages, question], reasoning: "high" });
      expect(upstream.calls).toHaveLength(before + 1);
      expect(JSON.stringify(upstream.calls.at(-1)?.body)).not.toContain("mdy1.");
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

  it("reaches Anthropic with the failure of a tool, and OpenAI in words, without a limit to the answer", async () => {
    const failed = (output: object): LanguageModelV4Prompt => [
      ...hi,
      { role: "assistant", content: [{ type: "tool-call", toolCallId: "call_1", toolName: "look", input: {} }] },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "call_1",
            toolName: "look",
            output: output as { type: "text"; value: string },
          },
        ],
      },
    ];
    for (const [output, text] of [
      [{ type: "error-text", value: "No." }, "No."],
      [{ type: "error-json", value: { code: 4 } }, '{"code":4}'],
      [{ type: "execution-denied", reason: "No." }, "No."],
    ] as const) {
      const claude = await sent("claude", { prompt: failed(output), tools });
      expect(claude.body["messages"]).toMatchObject([
        {},
        {},
        { content: [{ type: "tool_result", content: text, is_error: true }] },
      ]);
      expect(claude.body["max_tokens"]).toBe(64_000);
      const gpt = await sent("gpt", { prompt: failed(output), tools });
      expect(gpt.path).toContain("/responses");
      expect(gpt.body["input"]).toMatchObject([{}, {}, { output: `[tool error] ${text}` }]);
      expect(gpt.body).not.toHaveProperty("max_output_tokens");
      expect([...claude.warnings, ...gpt.warnings]).toEqual([]);
    }
  });

  it("keeps the vendors' options of files", async () => {
    const pdf: LanguageModelV4Prompt = [
      {
        role: "user",
        content: [
          {
            type: "file",
            mediaType: "application/pdf",
            filename: "a.pdf",
            data: { type: "data", data: "JVBERi0=" },
            providerOptions: { anthropic: { citations: { enabled: true }, title: "A", context: "Old." } },
          },
        ],
      },
    ];
    const claude = await sent("claude", { prompt: pdf });
    expect(claude.body["messages"]).toMatchObject([
      { content: [{ type: "document", title: "A", context: "Old.", citations: { enabled: true } }] },
    ]);
    expect((await sent("gpt", { prompt: pdf })).warnings).toMatchObject([
      { feature: expect.stringContaining("citations") as string },
    ]);
    const image: LanguageModelV4Prompt = [
      {
        role: "user",
        content: [
          {
            type: "file",
            mediaType: "image/png",
            data: { type: "data", data: png },
            providerOptions: { openai: { imageDetail: "low" } },
          },
        ],
      },
    ];
    const gpt = await sent("gpt", { prompt: image });
    expect(gpt.body["input"]).toMatchObject([{ content: [{ type: "input_image", detail: "low" }] }]);
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

describe("a call of the AI SDK", () => {
  it.each([
    ["web_search_20250305", "web_search", { maxUses: 2 }, { max_uses: 2 }],
    ["code_execution_20250825", "code_execution", {}, {}],
    ["bash_20250124", "bash", {}, {}],
  ])("reaches Anthropic with its tool %s", async (type, name, args, fields) => {
    const { body, warnings } = await sent("claude", {
      prompt: hi,
      tools: [{ type: "provider", id: `anthropic.${type}`, name, args }],
    });
    expect([body["tools"], warnings]).toEqual([[{ type, name, ...fields }], []]);
  });

  it("names Anthropic's tools as its API insists on, in prompts and answers, and asks for their betas", async () => {
    upstream.script({}, callsTools([{ id: "toolu_1", name: "bash", arguments: '{"command":"ls"}' }]));
    const shell = { type: "provider" as const, id: "anthropic.bash_20250124" as const, name: "shell", args: {} };
    const prompt: LanguageModelV4Prompt = [
      ...hi,
      { role: "assistant", content: [{ type: "tool-call", toolCallId: "c", toolName: "shell", input: {} }] },
      {
        role: "tool",
        content: [{ type: "tool-result", toolCallId: "c", toolName: "shell", output: { type: "text", value: "ok" } }],
      },
    ];
    const toolChoice = { type: "tool", toolName: "shell" } as const;
    const headers = { "anthropic-beta": "other-2026-01-01" };
    const ai = provider();
    const { content } = await ai("claude").doGenerate({ prompt, tools: [shell], toolChoice, headers });
    expect(content).toMatchObject([{ type: "tool-call", toolName: "shell", input: '{"command":"ls"}' }]);
    const [call] = upstream.calls;
    expect(call?.headers["anthropic-beta"]).toBe("other-2026-01-01,computer-use-2025-01-24");
    expect(call?.body).toMatchObject({
      tools: [{ type: "bash_20250124", name: "bash" }],
      tool_choice: { type: "tool", name: "bash" },
      messages: [{}, { content: [{ type: "tool_use", name: "bash" }] }, {}],
    });
    const { stream } = await ai("claude").doStream({ prompt, tools: [shell] });
    const parts = await all(stream);
    expect(parts).toContainEqual(expect.objectContaining({ type: "tool-call", toolName: "shell" }));
  });

  it.each<[string, JSONObject, object]>([
    ["web_search_20260318", {}, { type: "web_search_20260318", name: "web_search" }],
    ["tool_search_regex_20251119", {}, { type: "tool_search_tool_regex_20251119", name: "tool_search_tool_regex" }],
  ])("keeps the version of Anthropic's tool %s", async (kind, args, tool) => {
    const { body } = await sent("claude", {
      prompt: hi,
      tools: [{ type: "provider", id: `anthropic.${kind}`, name: "search", args }],
    });
    expect(body["tools"]).toEqual([tool]);
  });

  it.each<[string, JSONObject, object]>([
    ["code_interpreter", {}, { container: { type: "auto" } }],
    ["code_interpreter", { container: { fileIds: ["f"] } }, { container: { type: "auto", file_ids: ["f"] } }],
    ["code_interpreter", { container: "c1" }, { container: "c1" }],
    [
      "file_search",
      { vectorStoreIds: ["v"], ranking: { scoreThreshold: 0.5 }, filters: { type: "eq", key: "aKey", value: 1 } },
      {
        vector_store_ids: ["v"],
        ranking_options: { score_threshold: 0.5 },
        filters: { type: "eq", key: "aKey", value: 1 },
      },
    ],
    ["web_search", { filters: { allowedDomains: ["a.b"] } }, { filters: { allowed_domains: ["a.b"] } }],
    [
      "mcp",
      { serverLabel: "s", serverUrl: "https://mcp.test", headers: { "X-Key": "v" } },
      { server_label: "s", server_url: "https://mcp.test", headers: { "X-Key": "v" }, require_approval: "never" },
    ],
    ["custom", { description: "Text" }, { name: "mine", description: "Text" }],
  ])("reaches OpenAI with its tool %s as the SDK's own provider writes it: %j", async (kind, args, fields) => {
    const { body, warnings } = await sent("gpt", {
      prompt: hi,
      tools: [{ type: "provider", id: `openai.${kind}`, name: "mine", args }],
    });
    expect([body["tools"], warnings]).toEqual([[{ type: kind, ...fields }], []]);
  });

  it("asks OpenAI for what its tools found, and for what the caller includes", async () => {
    const search = { type: "provider" as const, id: "openai.web_search" as const, name: "search", args: {} };
    const providerOptions = { openai: { include: ["message.output_text.logprobs"] } };
    const { body } = await sent("gpt", { prompt: hi, tools: [search], providerOptions });
    expect(body["include"]).toEqual(["web_search_call.action.sources", "message.output_text.logprobs"]);
    const { warnings } = await sent("claude", { prompt: hi, tools: [search] });
    expect(warnings).toEqual([]);
  });

  it.each<[string, "claude" | "gpt", Omit<LanguageModelV4CallOptions, "prompt">]>([
    ["seed", "claude", {}],
    ["frequencyPenalty", "claude", { topK: 3 }],
    ["presencePenalty", "claude", { topK: 3, stopSequences: ["x"] }],
    ["seed", "claude", { topK: 3, stopSequences: ["x"] }],
    ["topK", "gpt", {}],
  ])("that loses %s at %s warns of it: %j", async (setting, name, others) => {
    const { body, warnings } = await sent(name, { prompt: hi, ...others, [setting]: 1 });
    expect(Object.keys(body)).not.toContain(setting.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`));
    expect(warnings).toContainEqual(expect.objectContaining({ type: "unsupported", feature: setting }));
  });

  it("that loses a vendor's option on the way warns of it", async () => {
    const providerOptions = { openai: { textVerbosity: "low", logitBias: { 5: 1 } }, anthropic: { speed: "fast" } };
    const { warnings } = await sent("claude", { prompt: hi, topK: 3, providerOptions });
    expect(warnings.map((one) => "feature" in one && one.feature)).toEqual(
      expect.arrayContaining(["verbosity", "logit_bias"]),
    );
    const other = await sent("gpt", { prompt: hi, providerOptions });
    expect(other.warnings).toContainEqual(expect.objectContaining({ feature: "speed" }));
  });

  it("has no topP beside a temperature for models of Anthropic that refuse both", async () => {
    const { body, warnings } = await sent("claude", { prompt: hi, temperature: 0.3, topP: 0.5, topK: 3 });
    expect(body).toMatchObject({ temperature: 0.3, top_k: 3 });
    expect(body).not.toHaveProperty("top_p");
    expect(warnings).toEqual([expect.objectContaining({ feature: "topP" })]);
  });

  it("shows the reasoning that it asks for, like the SDK's own providers, unless it says otherwise", async () => {
    const { body, warnings } = await sent("gpt", { prompt: hi, reasoning: "high" });
    expect([body["reasoning"], warnings]).toEqual([{ effort: "high", summary: "detailed" }, []]);
    const providerOptions = { openai: { reasoningSummary: null } };
    expect((await sent("gpt", { prompt: hi, reasoning: "high", providerOptions })).body["reasoning"]).toEqual({
      effort: "high",
    });
    expect((await sent("gpt", { prompt: hi, reasoning: "none" })).body["reasoning"]).toEqual({ effort: "none" });
    expect((await sent("chat", { prompt: hi, reasoning: "high" })).warnings).toEqual([]);
    const unable = await sent("old", { prompt: hi, reasoning: "high" });
    expect([unable.body["reasoning"], unable.body["include"]]).toEqual([undefined, undefined]);
    expect(unable.warnings).toEqual([expect.objectContaining({ feature: "reasoning" })]);
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
