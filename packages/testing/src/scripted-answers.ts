import type { AnswerOf, JsonObject, OperationName, ProviderCall, StreamPart, Usage } from "@modelyard/core";
import type { ScriptedContent } from "./scripted-behaviour.js";

/** A whole answer that says `text`, in the shape of its operation. */
export function scriptedAnswer(operation: OperationName, call: ProviderCall, text: string, usage: Usage): AnswerOf {
  const created = Math.floor(call.now() / 1000);
  const { model } = call;
  switch (operation) {
    case "chat":
      return {
        id: "scripted",
        object: "chat.completion",
        created,
        model,
        choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
        usage,
      };
    case "text_completion":
      return {
        id: "scripted",
        object: "text_completion",
        created,
        model,
        choices: [{ index: 0, text, finish_reason: "stop" }],
        usage,
      };
    case "embeddings": {
      const { input } = call.request as { readonly input?: unknown };
      const count = Array.isArray(input) ? input.length : 1;
      return {
        object: "list",
        model,
        data: Array.from({ length: count }, (_, index) => ({ object: "embedding", index, embedding: [index, 1, 2] })),
        usage: { prompt_tokens: usage.prompt_tokens, total_tokens: usage.prompt_tokens },
      };
    }
  }
}

function deltaOf(content: ScriptedContent, text: string): JsonObject {
  switch (content) {
    case "text":
      return { role: "assistant", content: text };
    case "reasoning":
      return { role: "assistant", reasoning_content: text };
    case "refusal":
      return { role: "assistant", refusal: text };
    case "tool_call":
      return { tool_calls: [{ index: 0, id: "call", type: "function", function: { name: "tool", arguments: text } }] };
  }
}

export interface PartOptions {
  readonly operation: OperationName;
  readonly call: ProviderCall;
  readonly content: ScriptedContent;
  /** `undefined`: the finish reason. */
  readonly text: string | undefined;
  readonly usage: Usage | undefined;
  readonly finishReason?: string | undefined;
}

/** One part of a scripted stream: a text, or the finish reason. */
export function scriptedPart({ operation, call, content, text, usage, finishReason }: PartOptions): StreamPart {
  const chat = operation === "chat";
  const said = chat ? { delta: text === undefined ? {} : deltaOf(content, text) } : { text: text ?? "" };
  const reason = finishReason ?? (chat && content === "tool_call" ? "tool_calls" : "stop");
  const chunk = {
    id: "scripted",
    object: chat ? "chat.completion.chunk" : "text_completion",
    created: Math.floor(call.now() / 1000),
    model: call.model,
    choices: [{ index: 0, ...said, finish_reason: text === undefined ? reason : null }],
    ...(usage === undefined ? {} : { usage }),
  };
  return {
    chunks: [chunk] as unknown as StreamPart["chunks"],
    bytes: undefined,
    content: text !== undefined,
    finished: text === undefined ? 1 : 0,
    done: false,
    usage,
  };
}

/** The end mark. */
export const donePart: StreamPart = {
  chunks: [],
  bytes: undefined,
  content: false,
  finished: 0,
  done: true,
  usage: undefined,
};
