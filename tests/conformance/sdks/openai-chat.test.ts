import OpenAI from "openai";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { describeSdk, question, type Sdk, type Server, type Understood, weather, weatherTool } from "../support/sdk.js";

function client({ origin, key }: Server): OpenAI {
  return new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
}

const messages = [{ role: "user" as const, content: question }];

function understood({ choices, usage }: OpenAI.ChatCompletion): Understood {
  return {
    text: choices[0]?.message.content ?? "",
    inputTokens: usage?.prompt_tokens,
    outputTokens: usage?.completion_tokens,
  };
}

const { name, description } = weatherTool;
const tools = [
  zodFunction({ name, description, parameters: z.object({ location: z.string() }), function: () => weather }),
];

const sdk: Sdk = {
  name: "openai",
  wire: "chat",
  family: "gpt-5.4",
  ask: async (server) => understood(await client(server).chat.completions.create({ model: server.model, messages })),
  stream: async (server) => {
    const options = { model: server.model, messages, stream_options: { include_usage: true } };
    return understood(await client(server).chat.completions.stream(options).finalChatCompletion());
  },
  useTool: async (server) => {
    const runner = client(server).chat.completions.runTools({ model: server.model, messages, tools });
    return { text: (await runner.finalContent()) ?? "" };
  },
  streamTool: async (server) => {
    const options = { model: server.model, messages, tools, stream: true as const };
    return { text: (await client(server).chat.completions.runTools(options).finalContent()) ?? "" };
  },
  askForJson: async (server) => {
    const format = zodResponseFormat(z.object({ city: z.string(), sunny: z.boolean() }), "weather");
    const options = { model: server.model, messages, response_format: format };
    return (await client(server).chat.completions.parse(options)).choices[0]?.message.parsed;
  },
  statusOf: (error) => (error instanceof OpenAI.APIError ? (error.status as number | undefined) : undefined),
};

describeSdk(sdk);
