import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";
import { describeSdk, question, type Sdk, type Server, type Understood, weather, weatherTool } from "../support/sdk.js";

function client({ origin, key }: Server): Anthropic {
  return new Anthropic({ baseURL: origin, apiKey: key, maxRetries: 0 });
}

function understood({ content, usage }: Pick<Anthropic.Message, "content" | "usage">): Understood {
  return {
    text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    thoughts: content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
  };
}

type Params = Anthropic.MessageCreateParamsNonStreaming;
type Ask = (params: Params) => Promise<Anthropic.Message>;

async function useTool(ask: Ask, options: Params): Promise<Understood> {
  const { name, description, parameters } = weatherTool;
  const tools = [{ name, description, input_schema: { ...parameters, required: [...parameters.required] } }];
  const first = await ask({ ...options, tools });
  const results = first.content.flatMap((block) =>
    block.type === "tool_use" ? [{ type: "tool_result" as const, tool_use_id: block.id, content: weather }] : [],
  );
  const messages = [
    ...options.messages,
    { role: "assistant" as const, content: first.content },
    { role: "user" as const, content: results },
  ];
  return understood(await ask({ ...options, tools, messages }));
}

const ask =
  (server: Server): Ask =>
  (params) =>
    client(server).messages.create(params);
const stream =
  (server: Server): Ask =>
  (params) =>
    client(server).messages.stream(params).finalMessage();

function paramsFor({ model }: Server): Params {
  return { model, max_tokens: 4_096, messages: [{ role: "user", content: question }] };
}

const sdk: Sdk = {
  name: "@anthropic-ai/sdk",
  wire: "messages",
  family: "claude-sonnet-4-5",
  ask: async (server) => understood(await ask(server)(paramsFor(server))),
  stream: async (server) => understood(await stream(server)(paramsFor(server))),
  useTool: (server) => useTool(ask(server), paramsFor(server)),
  streamTool: (server) => useTool(stream(server), paramsFor(server)),
  askForJson: async (server) => {
    const format = zodOutputFormat(z.object({ city: z.string(), sunny: z.boolean() }));
    return (await client(server).messages.parse({ ...paramsFor(server), output_config: { format } })).parsed_output;
  },
  think: async (server) =>
    understood(await ask(server)({ ...paramsFor(server), thinking: { type: "enabled", budget_tokens: 2_048 } })),
  statusOf: (error) => (error instanceof Anthropic.APIError ? (error.status as number | undefined) : undefined),
};

describeSdk(sdk);
