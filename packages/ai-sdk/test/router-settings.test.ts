import type { LanguageModelV4CallOptions, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { silentLogger } from "@modelyard/core";
import { anthropic } from "@modelyard/providers-anthropic";
import { openai } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";
import { refuses, startUpstream, type Upstream } from "@modelyard/testing";
import { generateText } from "ai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { modelyard } from "../src/index.js";
import { all } from "./support/mocks.js";

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
const tools: LanguageModelV4CallOptions["tools"] = [
  { type: "function", name: "look", inputSchema: { type: "object", properties: { at: { type: "number" } } } },
];

describe("a setting of the AI SDK", () => {
  const settings = { prompt: hi, maxOutputTokens: 50, stopSequences: ["END"], topP: 0.5 };

  it.each([
    ["gpt", "max_output_tokens", 50],
    ["claude", "max_tokens", 50],
  ] as const)("reaches %s where its API has it", async (name, field, value) => {
    const { body } = await sent(name, { prompt: hi, maxOutputTokens: 50 });
    expect(body[field]).toBe(value);
  });

  it("reaches Anthropic, though OpenAI has no such field", async () => {
    const { body, warnings } = await sent("claude", { ...settings, topK: 7 });
    expect(body).toMatchObject({ stop_sequences: ["END"], top_k: 7, max_tokens: 50 });
    expect(warnings).toEqual([]);
  });

  it("that the vendor does not have is a warning", async () => {
    const { warnings } = await sent("gpt", { prompt: hi, topK: 7, seed: 3 });
    expect(warnings).toContainEqual(expect.objectContaining({ type: "unsupported", feature: "topK" }));
    const claude = await sent("claude", { prompt: hi, presencePenalty: 0.5 });
    expect(claude.warnings).toContainEqual(expect.objectContaining({ feature: "presencePenalty" }));
  });

  it("is a warning in streams, too", async () => {
    const { stream } = await provider()("gpt").doStream({ prompt: hi, topK: 7 });
    const [first] = await all(stream);
    expect(first).toMatchObject({ type: "stream-start", warnings: [{ type: "unsupported", feature: "topK" }] });
  });

  it("that only some models of a vendor accept is a warning for the others", async () => {
    const options = { prompt: hi, temperature: 0.3 };
    expect(await sent("old", options)).toMatchObject({ body: { temperature: 0.3 }, warnings: [] });
    const mini = await sent("mini", options);
    expect(mini.body).not.toHaveProperty("temperature");
    expect(mini.warnings).toMatchObject([{ type: "unsupported", feature: "temperature" }]);
    const thinking = await sent("old", { ...options, reasoning: "low" });
    expect(thinking.body).not.toHaveProperty("reasoning");
    expect(thinking.warnings).toMatchObject([{ type: "unsupported", feature: "reasoning" }]);
  });

  it("asks for encrypted reasoning only if the call is about reasoning, since other models refuse that", async () => {
    expect((await sent("old", { prompt: hi })).body).not.toHaveProperty("include");
    const { body } = await sent("gpt", { prompt: hi, reasoning: "low" });
    expect(body).toMatchObject({ include: ["reasoning.encrypted_content"] });
  });

  it("holds OpenAI's models to a schema that they can be held to", async () => {
    const schema = { type: "object", properties: { a: { type: "string" } }, additionalProperties: false } as const;
    const strictOf = async (required: string[]): Promise<unknown> => {
      const { body } = await sent("gpt", {
        prompt: hi,
        responseFormat: { type: "json", schema: { ...schema, required } },
      });
      return (body["text"] as unknown as { readonly format: { readonly strict: unknown } }).format.strict;
    };
    expect([await strictOf(["a"]), await strictOf([])]).toEqual([true, false]);
  });

  it("of a vendor reaches deployments of every vendor", async () => {
    const providerOptions = {
      openai: { reasoningEffort: "low", parallelToolCalls: false, user: "u1", unknownOne: true },
      anthropic: { thinking: { type: "enabled", budgetTokens: 2_048 } },
      mistral: { safePrompt: true },
    };
    const gpt = await sent("gpt", { prompt: hi, tools, providerOptions });
    expect(gpt.body).toMatchObject({ parallel_tool_calls: false });
    expect(gpt.warnings).toContainEqual(expect.objectContaining({ feature: "providerOptions.openai.unknownOne" }));
    expect(gpt.warnings).toContainEqual(expect.objectContaining({ feature: "providerOptions.mistral" }));
    const claude = await sent("claude", { prompt: hi, tools, providerOptions });
    expect(claude.body).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 2_048 },
      tool_choice: { disable_parallel_tool_use: true },
    });
    const alone = await sent("gpt", {
      prompt: hi,
      providerOptions: { openai: { reasoningEffort: "low", user: "u1" } },
    });
    expect(alone.body).toMatchObject({ reasoning: { effort: "low" }, user: "u1" });
    const effort = await sent("claude", { prompt: hi, providerOptions: { openai: { reasoningEffort: "low" } } });
    expect(effort.body["thinking"]).toMatchObject({ type: "enabled" });
  });

  it("for the router is one of its call options, and a wrong one is an error that names it", async () => {
    upstream.script({}, refuses(500));
    const call = { model: provider()("both"), prompt: "Hi" };
    const once = { modelyard: { numRetries: 0, disableFallbacks: true } };
    await expect(generateText({ ...call, providerOptions: once })).rejects.toMatchObject({ statusCode: 500 });
    expect(upstream.calls).toHaveLength(1);
    const wrong = { modelyard: { numRetry: 0 } };
    await expect(generateText({ ...call, providerOptions: wrong })).rejects.toThrow("numRetry: unknown option.");
  });

  it("is a header only if it identifies a session or selects a feature", async () => {
    const headers = { "x-session-id": "s1", authorization: "Bearer stolen", "User-Agent": "ai/7" };
    const call = await sent("gpt", { prompt: hi, headers });
    expect(call.headers).toMatchObject({ "x-session-id": "s1", authorization: "Bearer sk-1" });
  });
});

describe("a tool that the vendor runs", () => {
  it("reaches the vendor in the words of its API", async () => {
    const tool = {
      type: "provider",
      id: "openai.web_search",
      name: "search",
      args: { searchContextSize: "low" },
    } as const;
    const { body } = await sent("gpt", { prompt: hi, tools: [tool] });
    expect(body["tools"]).toMatchObject([{ type: "web_search", search_context_size: "low" }]);
  });

  it("is refused if only models of the SDK know its calls", async () => {
    const tool = { type: "provider", id: "openai.shell", name: "shell", args: {} } as const;
    await expect(provider()("gpt").doGenerate({ prompt: hi, tools: [tool] })).rejects.toThrow("openai.shell");
  });

  it("reaches another vendor that has the same one", async () => {
    const tool = { type: "provider", id: "openai.web_search", name: "search", args: {} } as const;
    const { body } = await sent("claude", { prompt: hi, tools: [tool] });
    expect(body["tools"]).toMatchObject([{ type: expect.stringMatching(/^web_search_/u) as string }]);
  });
});
