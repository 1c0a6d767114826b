import {
  Agent,
  type Model,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  run,
  setTracingDisabled,
  tool,
} from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";
import { describeSdk, question, type Sdk, type Server, type Understood, weather, weatherTool } from "../support/sdk.js";

// Traces are sent to OpenAI.
setTracingDisabled(true);

type ModelOf = (server: Server) => Model;

function client({ origin, key }: Server): OpenAI {
  return new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
}

const weatherOf = tool({
  name: weatherTool.name,
  description: weatherTool.description,
  parameters: z.object({ location: z.string() }),
  execute: () => weather,
});

type Tools = readonly (typeof weatherOf)[];

async function ask(model: Model, tools: Tools = []): Promise<Understood> {
  const { finalOutput, state } = await run(new Agent({ name: "Assistant", model, tools: [...tools] }), question);
  const { inputTokens, outputTokens } = state.usage;
  return { text: finalOutput ?? "", ...(tools.length === 0 ? { inputTokens, outputTokens } : {}) };
}

async function stream(model: Model, tools: Tools = []): Promise<Understood> {
  const agent = new Agent({ name: "Assistant", model, tools: [...tools] });
  const result = await run(agent, question, { stream: true });
  let text = "";
  for await (const piece of result.toTextStream()) text += piece;
  await result.completed;
  return { text };
}

function sdkOf(wire: Sdk["wire"], model: ModelOf): Sdk {
  return {
    name: "@openai/agents",
    wire,
    family: "gpt-5.4",
    ask: (server) => ask(model(server)),
    stream: (server) => stream(model(server)),
    useTool: (server) => ask(model(server), [weatherOf]),
    streamTool: (server) => stream(model(server), [weatherOf]),
    askForJson: async (server) => {
      const outputType = z.object({ city: z.string(), sunny: z.boolean() });
      return (await run(new Agent({ name: "Assistant", model: model(server), outputType }), question)).finalOutput;
    },
    statusOf: (error) => (error instanceof OpenAI.APIError ? (error.status as number | undefined) : undefined),
  };
}

describeSdk(sdkOf("chat", (server) => new OpenAIChatCompletionsModel(client(server), server.model)));
describeSdk(sdkOf("responses", (server) => new OpenAIResponsesModel(client(server), server.model)));
