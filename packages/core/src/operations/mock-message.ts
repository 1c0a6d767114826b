import type { JsonObject } from "../json.js";
import type { MockEvent, MockFacts } from "./operation-row.js";

/** Finish reasons of a chat as stop reasons. */
const stopReasons: ReadonlyMap<string, string> = new Map([
  ["stop", "end_turn"],
  ["length", "max_tokens"],
  ["tool_calls", "tool_use"],
  ["content_filter", "refusal"],
]);

interface MessageParts {
  readonly content: readonly JsonObject[];
  readonly stopReason: string | null;
  readonly usage: JsonObject;
}

function messageOf({ id, model }: Pick<MockFacts, "id" | "model">, { content, stopReason, usage }: MessageParts) {
  const head = { id, type: "message", role: "assistant", model };
  return { ...head, content, stop_reason: stopReason, stop_sequence: null, usage };
}

function usageOf(usage: MockFacts["usage"] | undefined): JsonObject {
  return { input_tokens: usage?.prompt_tokens ?? 0, output_tokens: usage?.completion_tokens ?? 0 };
}

/** A simulated message. */
export function mockMessage(facts: MockFacts): JsonObject {
  const content = [{ type: "text", text: facts.text, citations: null }];
  return messageOf(facts, { content, stopReason: "end_turn", usage: usageOf(facts.usage) });
}

/** The events of one step of a simulated message. */
export function mockMessageEvents(step: MockEvent): readonly JsonObject[] {
  const { text, index, finishReason = "stop", usage } = step;
  const message = messageOf(step, { content: [], stopReason: null, usage: usageOf(undefined) });
  const start = { type: "message_start", message };
  if (text !== undefined) {
    const block = { type: "content_block_start", index: 0, content_block: { type: "text", text: "", citations: null } };
    const delta = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } };
    return index === 0 ? [start, block, delta] : [delta];
  }
  const ended = { stop_reason: stopReasons.get(finishReason) ?? finishReason, stop_sequence: null };
  return [
    index === 0 ? start : { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: ended, usage: usageOf(usage) },
    { type: "message_stop" },
  ];
}
