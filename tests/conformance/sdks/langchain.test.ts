import { ChatAnthropic } from "@langchain/anthropic";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { type AIMessage, AIMessageChunk, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";
import { describeSdk, question, type Sdk, type Server, type Understood, weather, weatherTool } from "../support/sdk.js";

/** What is read of a message, whether whole or in chunks. */
interface Answer {
  readonly text: string;
  readonly usage_metadata?: { readonly input_tokens: number; readonly output_tokens: number } | undefined;
  readonly tool_calls?: readonly { readonly id?: string }[];
}

function understood({ text, usage_metadata: usage }: Answer): Understood {
  return { text, inputTokens: usage?.input_tokens, outputTokens: usage?.output_tokens };
}

type ChatModel = ChatAnthropic | ChatOpenAI;
type Runnable = Pick<BaseChatModel, "invoke" | "stream">;
type Messages = Parameters<BaseChatModel["invoke"]>[0];
type Ask = (model: Runnable, messages: Messages) => Promise<AIMessage>;

const ask: Ask = (model, messages) => model.invoke(messages);

const stream: Ask = async (model, messages) => {
  let whole: AIMessageChunk | undefined;
  for await (const chunk of await model.stream(messages)) whole = whole === undefined ? chunk : whole.concat(chunk);
  return whole ?? new AIMessageChunk("");
};

async function useTool(asked: Ask, model: ChatModel): Promise<Understood> {
  const { name, description, parameters } = weatherTool;
  const bound = model.bindTools([{ type: "function", function: { name, description, parameters } }]) as Runnable;
  const first = [new HumanMessage(question)];
  const answer = await asked(bound, first);
  const results = (answer.tool_calls ?? []).map(
    (call) => new ToolMessage({ tool_call_id: call.id ?? "", content: weather }),
  );
  return understood(await asked(bound, [...first, answer, ...results]));
}

interface Failure {
  readonly status?: number;
  readonly cause?: Failure;
}

/** A conversation that is too long has an error class of its own, whose cause is the SDK's error. */
function statusOf({ status, cause }: Failure): number | undefined {
  return status ?? cause?.status;
}

function sdkOf(name: string, wire: Sdk["wire"], family: Sdk["family"], model: (server: Server) => ChatModel): Sdk {
  return {
    name,
    wire,
    family,
    ask: async (server) => understood(await ask(model(server), question)),
    // Its count for streams is too high: it adds the tokens at the end of a stream to those at its start.
    stream: async (server) => ({ text: understood(await stream(model(server), question)).text }),
    useTool: (server) => useTool(ask, model(server)),
    streamTool: (server) => useTool(stream, model(server)),
    askForJson: (server) =>
      model(server)
        .withStructuredOutput(z.object({ city: z.string(), sunny: z.boolean() }), { method: "jsonSchema" })
        .invoke(question),
    statusOf: (error) => statusOf(error as Failure),
  };
}

const openai = ({ origin, key, model }: Server, useResponsesApi: boolean): ChatOpenAI =>
  new ChatOpenAI({ model, apiKey: key, maxRetries: 0, useResponsesApi, configuration: { baseURL: `${origin}/v1` } });

describeSdk(sdkOf("@langchain/openai", "chat", "gpt-5.4", (server) => openai(server, false)));
describeSdk(sdkOf("@langchain/openai", "responses", "gpt-5.4", (server) => openai(server, true)));
describeSdk(
  sdkOf("@langchain/anthropic", "messages", "claude-sonnet-4-5", ({ origin, key, model }) => {
    return new ChatAnthropic({ model, apiKey: key, maxRetries: 0, anthropicApiUrl: origin });
  }),
);
