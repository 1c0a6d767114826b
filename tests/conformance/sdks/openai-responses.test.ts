import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { describeSdk, question, type Sdk, type Server, type Understood, weather, weatherTool } from "../support/sdk.js";

type Input = OpenAI.Responses.ResponseInput;
type Params = Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, "stream">;

function client({ origin, key }: Server): OpenAI {
  return new OpenAI({ baseURL: `${origin}/v1`, apiKey: key, maxRetries: 0 });
}

function understood({ output, output_text: text, usage }: OpenAI.Responses.Response): Understood {
  const summaries = output.flatMap((item) => (item.type === "reasoning" ? item.summary : []));
  return {
    text,
    inputTokens: usage?.input_tokens,
    outputTokens: usage?.output_tokens,
    thoughts: summaries.map((part) => part.text).join(""),
  };
}

type Ask = (params: Params) => Promise<OpenAI.Responses.Response>;

/** Asks, and sends the results of the calls back with everything that was said before. */
async function useTool(ask: Ask, model: string): Promise<Understood> {
  const tools = [{ type: "function" as const, strict: true, ...weatherTool }];
  const input: Input = [{ role: "user", content: question }];
  const first = await ask({ model, input, tools, store: false });
  const results = first.output.flatMap((item) =>
    item.type === "function_call"
      ? [{ type: "function_call_output" as const, call_id: item.call_id, output: weather }]
      : [],
  );
  const next = [...input, ...(first.output as Input), ...results];
  return understood(await ask({ model, input: next, tools, store: false }));
}

const ask =
  (server: Server): Ask =>
  (params) =>
    client(server).responses.create(params);
const stream =
  (server: Server): Ask =>
  (params) =>
    client(server).responses.stream(params).finalResponse();

const sdk: Sdk = {
  name: "openai",
  wire: "responses",
  family: "gpt-5.4",
  ask: async (server) => understood(await ask(server)({ model: server.model, input: question })),
  stream: async (server) => understood(await stream(server)({ model: server.model, input: question })),
  useTool: (server) => useTool(ask(server), server.model),
  streamTool: (server) => useTool(stream(server), server.model),
  askForJson: async (server) => {
    const format = zodTextFormat(z.object({ city: z.string(), sunny: z.boolean() }), "weather");
    const options = { model: server.model, input: question, text: { format } };
    return (await client(server).responses.parse(options)).output_parsed;
  },
  think: async (server) => {
    const reasoning = { effort: "low" as const, summary: "auto" as const };
    return understood(await ask(server)({ model: server.model, input: question, reasoning }));
  },
  statusOf: (error) => (error instanceof OpenAI.APIError ? (error.status as number | undefined) : undefined),
};

describeSdk(sdk);
