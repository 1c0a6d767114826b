import type { JsonObject, OperationName, ProviderCall, Usage } from "@modelyard/core";
import { type AnswerOf, operations, type StreamPart } from "@modelyard/core/kit";
import type { ScriptedContent } from "./scripted-behavior.js";

/** A whole answer with this text, in the format of its operation. */
export function scriptedAnswer(operation: OperationName, call: ProviderCall, text: string, usage: Usage): AnswerOf {
  const answer = operations[operation].mock.answer({
    id: "scripted",
    created: Math.floor(call.now() / 1000),
    model: call.model,
    text,
    usage,
    request: call.request,
    vector: (index) => [index, 1, 2],
  });
  return answer as unknown as AnswerOf;
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
  /** The text of the part, or `undefined` for the part with the finish reason. */
  readonly text: string | undefined;
  readonly usage: Usage | undefined;
  readonly finishReason?: string | undefined;
}

/** One part of a scripted stream: a text or the finish reason. */
export function scriptedPart({ operation, call, content, text, usage, finishReason }: PartOptions): StreamPart {
  const event = operations[operation].mock.event?.({
    id: "scripted",
    created: Math.floor(call.now() / 1000),
    model: call.model,
    text,
    delta: text === undefined ? undefined : deltaOf(content, text),
    finishReason: text === undefined ? (finishReason ?? (content === "tool_call" ? "tool_calls" : "stop")) : undefined,
    usage,
  });
  return {
    chunks: [event] as unknown as StreamPart["chunks"],
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
