import type { Surface } from "@modelyard/core";
import {
  type Bytes,
  type CallRoute,
  type OperationRow,
  operations,
  type StreamPart,
  type StreamWriter,
  type SurfaceCall,
} from "@modelyard/core/kit";
import { json } from "../answers.js";
import { continuations } from "./continuations.js";
import { forwardedHeaders } from "./forwarded-headers.js";
import { readJson, writeAnswer } from "./json-body.js";
import { listModels, showModel } from "./openai-models.js";
import { withHeaders } from "./read-call.js";
import { ChatForResponses, responsesCall } from "./responses-on-chat.js";

/** Paths of Azure's API and of OpenAI's older one, which name the model. */
const deploymentPrefixes = ["", "/v1"].flatMap((prefix) => [
  `${prefix}/engines/{model}`,
  `${prefix}/openai/deployments/{model}`,
]);

function callRoute({ name, path }: OperationRow): CallRoute {
  const named = deploymentPrefixes.flatMap((prefix) => [`${prefix}${path}`, `${prefix}/v1${path}`]);
  return { method: "POST", path: `/v1${path}`, aliases: [path, ...named], operation: name };
}

/** Where clients that were set up for LiteLLM's route for Cursor call. */
function cursorPaths(path: string): readonly string[] {
  return [`/cursor${path}`, `/cursor/v1${path}`];
}

const plainChat = callRoute(operations.chat);
const chatRoute: CallRoute = {
  ...plainChat,
  aliases: [...(plainChat.aliases ?? []), ...cursorPaths(operations.chat.path)],
};

/** A body of Chat Completions, or one of Responses from a client that expects a chat completion. */
function chatCall(call: SurfaceCall): SurfaceCall {
  const { messages, input } = call.request;
  // Cursor may send an empty list of messages beside the input.
  const isResponses = input != null && (messages == null || (Array.isArray(messages) && messages.length === 0));
  return isResponses ? responsesCall(call.request) : call;
}

/** The events of a part. Bytes are sent as they came, and `chunks`, which may be parsed when it is read, is left alone. */
function written(part: StreamPart): Bytes {
  if (part.bytes !== undefined) return part.bytes;
  let text = "";
  for (const chunk of part.chunks) text += `data: ${JSON.stringify(chunk)}\n\n`;
  return text;
}

/** Keeps no state, so that all streams share it. */
const events: StreamWriter = {
  contentType: "text/event-stream; charset=utf-8",
  // A comment: readers of events skip it.
  ping: ": ping\n\n",
  part: written,
  end: (trail) => `${continuations(trail)}data: [DONE]\n\n`,
  error: (error) => `data: ${JSON.stringify(error.toBody())}\n\n`,
};

/** OpenAI's API: its operations, and the list of models. */
export const openaiSurface: Surface = {
  name: "openai",
  keyHeaders: ["x-api-key", "api-key"],
  routes: [
    chatRoute,
    ...[operations.text_completion, operations.embeddings].map(callRoute),
    {
      method: "GET",
      path: "/v1/models",
      aliases: ["/models", ...cursorPaths("/models")],
      answer: (_, { engine }) => listModels(engine),
    },
    {
      method: "GET",
      path: "/v1/models/{id...}",
      aliases: ["/models/{id...}"],
      answer: (_, { engine, params }) => showModel(engine, params["id"] ?? ""),
    },
  ],
  read: (body, head, match) => {
    const call = readJson(body, head, match);
    if (match.route !== chatRoute) return call;
    const chat = call instanceof Promise ? call.then(chatCall) : chatCall(call);
    // Only two names are looked for, since most callers of chats send no headers that a vendor should get.
    const isSession = head.header("x-session-affinity") !== undefined || head.header("x-session-id") !== undefined;
    return isSession ? withHeaders(chat, forwardedHeaders(head)) : chat;
  },
  write: (outcome, context) => (context instanceof ChatForResponses ? context.write(outcome) : writeAnswer(outcome)),
  writeError: (error) => json(error.status, error.toBody()),
  events: (trail, context) => (context instanceof ChatForResponses ? context.events(trail, events) : events),
};
