import { openaiFinishReasons } from "../finish-reasons.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { estimateChatInput, estimateChoices } from "../token-estimate.js";
import { assembleChat } from "./assemble.js";
import {
  asksForUsage,
  choiceReads,
  choicesAsked,
  choicesFault,
  firstOf,
  firstWithin,
  isAnything,
  objectsIn,
  outputLimitOf,
  storedMetadata,
} from "./common-facts.js";
import { chatContinuation } from "./continuation/chat.js";
import type { OperationRow } from "./operation-row.js";
import { promptParts } from "./prompt-parts.js";
import { chatWithoutReasoning } from "./without-reasoning.js";

export const chat: OperationRow & { readonly name: "chat" } = {
  name: "chat",
  path: "/chat/completions",
  litellm: { mode: "chat", callType: "completion" },
  streams: true,
  required: "messages",
  vendorMetadata: storedMetadata,
  sendsNull: false,
  inputTokens: estimateChatInput,
  maxOutputTokens: outputLimitOf(choicesAsked),
  choices: choicesAsked,
  fault: choicesFault("message", isJsonObject),
  outputTokens: estimateChoices,
  awaitsUsage: asksForUsage,
  empty: (value) =>
    objectsIn(value, "choices").every(
      (choice) => !isJsonObject(choice["message"]) || !saysSomething(choice["message"]),
    ),
  finishReasons: openaiFinishReasons,
  reads: choiceReads,
  needs: {
    tools: ({ tools, functions }) =>
      tools == null ? firstOf("functions", functions, isAnything) : firstOf("tools", tools, isAnything),
    vision: ({ messages }) => firstWithin("messages", messages, "content", isImage),
    jsonSchema: ({ response_format: format }) =>
      isJsonObject(format) && format["type"] === "json_schema" ? "response_format" : undefined,
  },
  assemble: assembleChat,
  continuation: chatContinuation,
  withoutReasoning: chatWithoutReasoning,
  promptParts: promptParts(["tools", "functions"], "messages"),
  latencyOf: "token",
  observation: "generation",
  mock: {
    answer: ({ id, created, model, text, usage }) => ({
      id,
      object: "chat.completion",
      created,
      model,
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: text, refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage,
    }),
    events: ({ id, created, model, text, finishReason = "stop", usage }) => [
      {
        id,
        object: "chat.completion.chunk",
        created,
        model,
        choices: [
          {
            index: 0,
            delta: text === undefined ? {} : { role: "assistant", content: text },
            finish_reason: text === undefined ? finishReason : null,
          },
        ],
        ...(usage === undefined ? {} : { usage }),
      },
    ],
  },
};

function isImage(part: unknown): boolean {
  return isJsonObject(part) && (part["type"] === "image_url" || part["type"] === "input_image");
}

function saysSomething(message: JsonObject): boolean {
  return (
    hasText(message["content"]) ||
    hasText(message["refusal"]) ||
    (Array.isArray(message["tool_calls"]) && message["tool_calls"].length > 0) ||
    message["function_call"] != null ||
    message["audio"] != null
  );
}

function hasText(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : Array.isArray(value) && value.length > 0;
}
