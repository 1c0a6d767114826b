import { silentLogger } from "@modelyard/core";
import { anthropic } from "@modelyard/providers-anthropic";
import { openai } from "@modelyard/providers-openai";
import { createRouter } from "@modelyard/router";
import { callsTools, refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { embedMany, generateText, isStepCount, NoSuchModelError, Output, streamText, tool } from "ai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { modelyard } from "../src/index.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.reset();
});

function routerTo() {
  return createRouter({
    providers: [openai({ apiKey: "sk-1" }), anthropic({ apiKey: "sk-2" })],
    modelList: [
      { modelName: "gpt", model: "openai/gpt-5", apiBase: `${upstream.url("openai")}/v1` },
      { modelName: "claude", model: "anthropic/claude-sonnet-4-5", apiBase: upstream.url("anthropic") },
      { modelName: "vectors", model: "openai/text-embedding-3-small", apiBase: `${upstream.url("openai")}/v1` },
    ],
    numRetries: 0,
    logger: silentLogger,
  });
}

const weather = tool({
  description: "The weather in a city",
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => `Sunny in ${city}`,
});

describe("a router as a provider of the AI SDK", () => {
  describe.each(["gpt", "claude"] as const)("in front of %s", (name) => {
    it("serves generateText", async () => {
      upstream.script({}, replies("Hello there"));
      const answer = await generateText({ model: modelyard(routerTo())(name), prompt: "Hi", maxOutputTokens: 100 });
      expect(answer.text).toBe("Hello there");
      expect(answer.finishReason).toBe("stop");
      expect(answer.usage.inputTokens).toBeGreaterThan(0);
      expect(answer.finalStep.response.headers).toMatchObject({ "x-litellm-model-group": name });
    });

    it("serves streamText", async () => {
      upstream.script({}, replies("Hello there"));
      const answer = streamText({ model: modelyard(routerTo())(name), prompt: "Hi", maxOutputTokens: 100 });
      expect(await answer.text).toBe("Hello there");
      expect((await answer.usage).totalTokens).toBeGreaterThan(0);
      expect((await answer.finalStep).providerMetadata?.["modelyard"]).toMatchObject({
        modelGroup: name,
        attempts: [{ outcome: "success" }],
      });
    });

    it("takes several steps with tools, plain and streamed", async () => {
      for (const streams of [false, true]) {
        upstream.reset();
        upstream.once(
          {},
          callsTools([{ id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' }]),
          replies("It is sunny."),
        );
        const options = {
          model: modelyard(routerTo())(name),
          prompt: "Weather?",
          tools: { weather },
          stopWhen: isStepCount(3),
        };
        const answer = streams ? streamText(options) : await generateText(options);
        expect(await answer.text).toBe("It is sunny.");
        const second = JSON.stringify(upstream.calls[1]?.body);
        expect(second).toContain("Sunny in Oslo");
      }
    });

    it("serves structured output", async () => {
      upstream.script({}, replies('{"city":"Oslo"}'));
      const answer = await generateText({
        model: modelyard(routerTo())(name),
        prompt: "Where?",
        output: Output.object({ schema: z.object({ city: z.string() }) }),
      });
      expect(answer.output).toEqual({ city: "Oslo" });
    });
  });

  it("serves embedMany", async () => {
    const { embeddings, usage } = await embedMany({
      model: modelyard(routerTo()).embeddingModel("vectors"),
      values: ["one", "two"],
    });
    expect(embeddings).toHaveLength(2);
    expect(embeddings[0]?.every((entry) => typeof entry === "number")).toBe(true);
    expect(usage.tokens).toBeGreaterThan(0);
  });

  it("does not know names that the router does not know, nor other kinds of models", async () => {
    const ai = modelyard(routerTo());
    const asked = generateText({ model: ai.languageModel("nope" as "gpt"), prompt: "Hi" });
    await expect(asked).rejects.toSatisfy((error) => NoSuchModelError.isInstance(error));
    expect(() => ai.imageModel("gpt")).toThrow(NoSuchModelError);
  });

  it("asks each vendor once if it fails, and says what it answered", async () => {
    upstream.script({}, refuses(429, { headers: { "retry-after": "90" } }));
    await expect(generateText({ model: modelyard(routerTo())("gpt"), prompt: "Hi" })).rejects.toMatchObject({
      statusCode: 429,
      isRetryable: false,
      responseHeaders: { "retry-after": "90" },
    });
    expect(upstream.calls).toHaveLength(1);
  });
});
