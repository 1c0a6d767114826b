import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, isStepCount, jsonSchema, type LanguageModel, Output, streamText, tool } from "ai";
import { callsTools, replies } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type WireName, wireNames } from "../support/cells.js";
import { type Family, modelName, type Proxy, startProxy } from "../support/proxy.js";
import { said } from "../support/scripted-model.js";
import { describeSdk, question, type Sdk, type Server, type Understood, weather, weatherTool } from "../support/sdk.js";

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]["providerOptions"]>;

interface Provider {
  readonly name: string;
  readonly wire: WireName;
  readonly family: Family;
  readonly model: (server: Server) => LanguageModel;
  /** What makes a model think. `undefined`: the provider does not show thoughts */
  readonly thinking?: ProviderOptions;
}

const at = ({ origin, key }: Server) => ({ baseURL: `${origin}/v1`, apiKey: key });

const providers: readonly Provider[] = [
  {
    name: "ai, @ai-sdk/openai",
    wire: "chat",
    family: "gpt-5.4",
    model: (server) => createOpenAI(at(server)).chat(server.model),
  },
  {
    name: "ai, @ai-sdk/openai-compatible",
    wire: "chat",
    family: "gpt-5.4",
    model: (server) => {
      const options = { name: "compatible", includeUsage: true, supportsStructuredOutputs: true };
      return createOpenAICompatible({ ...at(server), ...options })(server.model);
    },
    thinking: { compatible: { reasoningEffort: "low" } },
  },
  {
    name: "ai, @ai-sdk/openai",
    wire: "responses",
    family: "gpt-5.4",
    model: (server) => createOpenAI(at(server))(server.model),
    // By default, it refers to the items of earlier steps, as if the vendor had stored them.
    thinking: { openai: { reasoningEffort: "low", reasoningSummary: "auto" } },
  },
  {
    name: "ai, @ai-sdk/anthropic",
    wire: "messages",
    family: "claude-sonnet-4-5",
    model: (server) => createAnthropic(at(server))(server.model),
    thinking: { anthropic: { thinking: { type: "enabled", budgetTokens: 2_048 } } },
  },
];

const tools = {
  [weatherTool.name]: tool({
    description: weatherTool.description,
    inputSchema: jsonSchema<{ readonly location: string }>({
      ...weatherTool.parameters,
      required: [...weatherTool.parameters.required],
    }),
    execute: () => weather,
  }),
};
const stopWhen = isStepCount(3);

type StreamOptions = Parameters<typeof streamText>[0];

async function readStream(options: StreamOptions): Promise<Understood> {
  const result = streamText({ ...options, onError: () => undefined });
  for await (const part of result.stream) if (part.type === "error") throw part.error;
  const usage = await result.usage;
  return { text: await result.text, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
}

function sdkOf({ name, wire, family, model, thinking }: Provider): Sdk {
  const settings = (server: Server) => ({
    model: model(server),
    maxRetries: 0,
    prompt: question,
  });
  return {
    name,
    wire,
    family,
    ask: async (server) => {
      const { text, usage } = await generateText(settings(server));
      return { text, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
    },
    stream: (server) => readStream(settings(server)),
    useTool: async (server) => ({ text: (await generateText({ ...settings(server), tools, stopWhen })).text }),
    streamTool: async (server) => readStream({ ...settings(server), tools, stopWhen }),
    askForJson: async (server) => {
      const output = Output.object({ schema: z.object({ city: z.string(), sunny: z.boolean() }) });
      return (await generateText({ ...settings(server), output })).output;
    },
    ...(thinking === undefined
      ? {}
      : {
          think: async (server: Server) => {
            const { text, finalStep } = await generateText({ ...settings(server), providerOptions: thinking });
            return { text, thoughts: finalStep.reasoningText };
          },
        }),
    statusOf: (error) => (APICallError.isInstance(error) ? error.statusCode : undefined),
  };
}

for (const provider of providers) describeSdk(sdkOf(provider));

describe.each(wireNames)(
  "several steps with @ai-sdk/openai, which refers to stored items, before a vendor of %s",
  (vendor) => {
    let proxy: Proxy;
    beforeAll(async () => {
      proxy = await startProxy();
    });
    afterEach(() => {
      proxy.reset();
    });
    afterAll(() => proxy.close());

    it.each(["generated", "streamed"])("keep what the model said before its calls: %s", async (how) => {
      const bodies: string[] = [];
      const openai = createOpenAI({
        ...at({ ...proxy, model: "" }),
        fetch: async (url, init) => {
          bodies.push(init?.body as string);
          return fetch(url, init);
        },
      });
      // It refers to a text only if thoughts precede it.
      const call = (number: number) =>
        callsTools([{ ...said.call, id: `call_${String(number)}` }], {
          text: `Step ${String(number)}.`,
          reasoning: said.thought,
        });
      proxy.upstream.script({}, replies(said.text));
      proxy.upstream.script({ when: ({ body }) => !JSON.stringify(body).includes("call_2") }, call(2));
      proxy.upstream.script({ when: ({ body }) => !JSON.stringify(body).includes("call_1") }, call(1));
      const options = { model: openai(modelName("gpt-5.4", vendor)), maxRetries: 0, prompt: question, tools, stopWhen };
      const { text } = how === "generated" ? await generateText(options) : await readStream(options);
      expect(text).toBe(said.text);
      const last = JSON.stringify(proxy.upstream.calls[2]?.body);
      if (vendor === "responses") return;
      expect(bodies[2]).toContain("item_reference");
      for (const step of ["Step 1.", "Step 2."]) {
        expect(last).toContain(step);
        expect(bodies[2]).not.toContain(step);
      }
    });
  },
);
