import { Agent, type Model, Runner, tool as agentTool } from "@openai/agents";
import { aisdk } from "@openai/agents-extensions/ai-sdk";
import { silentLogger } from "@modelyard/core";
import {
  createProviderRegistry,
  customProvider,
  embed,
  extractReasoningMiddleware,
  generateText,
  isStepCount,
  NoSuchModelError,
  streamText,
  ToolLoopAgent,
  tool,
  wrapLanguageModel,
} from "ai";
import { MockEmbeddingModelV4, MockLanguageModelV4 } from "ai/test";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createModelyard } from "../src/index.js";
import { failing, model, result, streamOf, textParts } from "./support/mocks.js";

const quiet = { logger: silentLogger, numRetries: 0 };
const toSpare = { fallbacks: { fast: ["spare"] } } as const;

describe("models behind one name work", () => {
  afterEach(() => {
    globalThis.AI_SDK_DEFAULT_PROVIDER = undefined;
  });

  it("as the default provider of the SDK, for language and embedding models", async () => {
    const embedder = new MockEmbeddingModelV4({
      modelId: "e",
      doEmbed: async () => ({ embeddings: [[1, 2]], warnings: [] }),
    });
    globalThis.AI_SDK_DEFAULT_PROVIDER = createModelyard({ ...quiet, models: { fast: model("a"), vectors: embedder } });
    expect((await generateText({ model: "fast", prompt: "Hi" })).text).toBe("from a");
    expect((await embed({ model: "vectors", value: "Hi" })).embedding).toEqual([1, 2]);
    await expect(generateText({ model: "slow", prompt: "Hi" })).rejects.toSatisfy((error) =>
      NoSuchModelError.isInstance(error),
    );
  });

  it("in a registry of providers, and in a custom provider", async () => {
    const ai = createModelyard({ ...quiet, models: { fast: model("a") } });
    const registry = createProviderRegistry({ yard: ai });
    expect((await generateText({ model: registry.languageModel("yard:fast"), prompt: "Hi" })).text).toBe("from a");
    const custom = customProvider({ languageModels: { quick: ai("fast") }, fallbackProvider: ai });
    expect((await generateText({ model: custom.languageModel("quick"), prompt: "Hi" })).text).toBe("from a");
    expect((await generateText({ model: custom.languageModel("fast"), prompt: "Hi" })).text).toBe("from a");
  });

  it("under middleware", async () => {
    const mock = new MockLanguageModelV4({
      modelId: "a",
      doGenerate: result("<think>Hm.</think>Yes"),
      doStream: streamOf(textParts("<think>Hm.</think>", "Yes")),
    });
    const ai = createModelyard({ ...quiet, models: { fast: failing("x"), spare: mock }, ...toSpare });
    const wrapped = wrapLanguageModel({
      model: ai("fast"),
      middleware: extractReasoningMiddleware({ tagName: "think" }),
    });
    const plain = await generateText({ model: wrapped, prompt: "Hi" });
    expect([plain.finalStep.reasoningText, plain.text]).toEqual(["Hm.", "Yes"]);
    expect(await streamText({ model: wrapped, prompt: "Hi" }).text).toBe("Yes");
  });

  it("with the telemetry of the SDK", async () => {
    const seen: unknown[] = [];
    const ai = createModelyard({ ...quiet, models: { fast: model("a") } });
    await generateText({
      model: ai("fast"),
      prompt: "Hi",
      telemetry: {
        isEnabled: true,
        integrations: [{ onLanguageModelCallStart: (event: object) => void seen.push(event) }],
      },
    });
    expect(seen).toMatchObject([{ provider: "modelyard", modelId: "fast" }]);
  });

  it("in an agent of the SDK", async () => {
    const call = { type: "tool-call" as const, toolCallId: "c1", toolName: "add", input: '{"a":1,"b":2}' };
    const mock = new MockLanguageModelV4({ modelId: "a", doGenerate: [result([call], "tool-calls"), result("3")] });
    const ai = createModelyard({ ...quiet, models: { fast: mock } });
    const add = tool({ inputSchema: z.object({ a: z.number(), b: z.number() }), execute: ({ a, b }) => a + b });
    const agent = new ToolLoopAgent({ model: ai("fast"), tools: { add }, stopWhen: isStepCount(4) });
    expect((await agent.generate({ prompt: "1 + 2?" })).text).toBe("3");
  });

  it("in OpenAI's Agents SDK, plain and streamed, with a tool and a fallback", async () => {
    const call = { type: "tool-call" as const, toolCallId: "c1", toolName: "add", input: '{"a":1,"b":2}' };
    const spare = new MockLanguageModelV4({
      modelId: "b",
      doGenerate: [result([call], "tool-calls"), result("It is 3.")],
      doStream: async () => streamOf(textParts("It ", "is 3.")),
    });
    const ai = createModelyard({ ...quiet, models: { fast: failing("a"), spare }, ...toSpare });
    const add = agentTool({
      name: "add",
      description: "Adds",
      parameters: z.object({ a: z.number(), b: z.number() }),
      execute: async ({ a, b }) => String(a + b),
    });
    const runner = new Runner({ tracingDisabled: true });
    const agent = new Agent({ name: "Adder", model: aisdk(ai("fast")) as Model, tools: [add] });
    expect((await runner.run(agent, "1 + 2?")).finalOutput).toBe("It is 3.");
    const streamed = await runner.run(agent, "1 + 2?", { stream: true });
    await streamed.completed;
    expect(streamed.finalOutput).toBe("It is 3.");
  });
});
