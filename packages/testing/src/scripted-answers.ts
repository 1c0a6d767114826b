import type { JsonObject, OperationName, ProviderCall, Usage } from "@modelyard/core";
import { type AnswerOf, isJsonObject, type MockEvent, operations, type StreamPart } from "@modelyard/core/kit";
import type { ScriptedContent } from "./scripted-behavior.js";
import { type ScriptedBlock, textBlock, thinkingBlock, toolUseBlock } from "./upstream/message-blocks.js";
import { callItem, reasoningItem, refusalItem, type ScriptedItem, textItem } from "./upstream/response-items.js";

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

const tool = { id: "call", name: "tool" };

/** Rewrites an event of a text, so that it has another kind of content. `undefined` if there is no such event. */
type Rewrite = (event: JsonObject, content: ScriptedContent, text: string) => JsonObject | undefined;

function deltaOf(content: ScriptedContent, text: string): JsonObject {
  switch (content) {
    case "text":
      return { role: "assistant", content: text };
    case "reasoning":
      return { role: "assistant", reasoning_content: text };
    case "refusal":
      return { role: "assistant", refusal: text };
    case "tool_call":
      return {
        tool_calls: [{ index: 0, id: tool.id, type: "function", function: { name: tool.name, arguments: text } }],
      };
  }
}

const inChat: Rewrite = (event, content, text) => {
  const choices = event["choices"] as readonly JsonObject[];
  const hasText = isJsonObject(choices[0]?.["delta"]) && choices[0]["delta"]["content"] !== undefined;
  return hasText ? { ...event, choices: [{ ...choices[0], delta: deltaOf(content, text) }] } : event;
};

function blockOf(content: ScriptedContent, text: string): ScriptedBlock {
  if (content === "reasoning") return thinkingBlock([text]);
  return content === "tool_call" ? toolUseBlock(tool, [text]) : textBlock([text]);
}

const inMessages: Rewrite = (event, content, text) => {
  const { start, deltas } = blockOf(content, text);
  if (event["type"] === "content_block_start") return { ...event, content_block: start };
  return event["type"] === "content_block_delta" ? { ...event, delta: deltas[0] } : event;
};

const items: Readonly<Record<ScriptedContent, (text: string) => ScriptedItem>> = {
  text: (text) => textItem(0, [text]),
  reasoning: (text) => reasoningItem(0, [text]),
  refusal: (text) => refusalItem(0, [text]),
  tool_call: (text) => callItem(0, tool, [text]),
};

const inResponses: Rewrite = (event, content, text) => {
  const { start, before, deltas, after, whole } = items[content](text);
  const { type, sequence_number: number, response } = event;
  const replaced = (other: JsonObject | undefined): JsonObject | undefined =>
    other === undefined ? undefined : { ...other, sequence_number: number };
  switch (type) {
    case "response.output_item.added":
      return { ...event, item: start };
    case "response.content_part.added":
      return replaced(before[0]);
    case "response.output_text.delta":
      return replaced(deltas[0]);
    case "response.output_text.done":
      return replaced(after[0]);
    case "response.content_part.done":
      return replaced(after[1]);
    case "response.output_item.done":
      return { ...event, item: whole };
    case "response.completed":
      return { ...event, response: { ...(response as JsonObject), output: [whole] } };
    default:
      return event;
  }
};

/** Operations with other content than text. */
const rewrites: Readonly<Partial<Record<OperationName, Rewrite>>> = {
  chat: inChat,
  messages: inMessages,
  responses: inResponses,
};

/** The types of events that are an end mark. */
const endMarks: ReadonlySet<unknown> = new Set(["message_stop"]);

export interface PartOptions extends Pick<MockEvent, "finishReason" | "index" | "text" | "textSoFar" | "usage"> {
  readonly operation: OperationName;
  readonly call: ProviderCall;
  readonly content: ScriptedContent;
}

function eventsOf({ operation, call, content, finishReason, ...step }: PartOptions): readonly JsonObject[] {
  const { text, textSoFar } = step;
  const head = { id: "scripted", created: Math.floor(call.now() / 1000), model: call.model };
  const ending = finishReason ?? (content === "tool_call" ? "tool_calls" : undefined);
  const events = operations[operation].mock.events?.({ ...head, ...step, finishReason: ending }) ?? [];
  const rewrite = content === "text" ? undefined : rewrites[operation];
  if (rewrite === undefined) return events;
  return events.flatMap((event): readonly JsonObject[] => {
    const rewritten = rewrite(event, content, text ?? textSoFar);
    return rewritten === undefined ? [] : [rewritten];
  });
}

/** One part of a scripted stream: a text or the finish reason. The end mark is a separate part. */
export function scriptedPart(options: PartOptions): StreamPart {
  const ends = options.text === undefined;
  const events = eventsOf(options).filter((event) => !endMarks.has(event["type"]));
  return partOf(events, { content: !ends, finished: ends ? 1 : 0, done: false, usage: options.usage });
}

/** The end mark. */
export function donePart(options: PartOptions): StreamPart {
  const events = eventsOf(options).filter((event) => endMarks.has(event["type"]));
  return partOf(events, { content: false, finished: 0, done: true, usage: undefined });
}

function partOf(
  events: readonly JsonObject[],
  facts: Pick<StreamPart, "content" | "done" | "finished" | "usage">,
): StreamPart {
  return { chunks: events as unknown as StreamPart["chunks"], bytes: undefined, ...facts };
}
