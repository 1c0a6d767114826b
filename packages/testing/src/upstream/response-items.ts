import type { JsonObject } from "@modelyard/core";
import type { ScriptedToolCall } from "./behavior.js";

/** An item of a response, with the events in which Responses streams it. Their numbers are added later. */
export interface ScriptedItem {
  /** The item at its start in a stream, without content. */
  readonly start: JsonObject;
  /** Events before the first piece of its content. */
  readonly before: readonly JsonObject[];
  readonly deltas: readonly JsonObject[];
  /** Events after the last piece of its content. */
  readonly after: readonly JsonObject[];
  /** The item in a whole answer. */
  readonly whole: JsonObject;
}

/** Where an item is in the output. */
type Index = number;

function contentItem(index: Index, part: (text: string) => JsonObject, kind: string, pieces: readonly string[]) {
  const id = `msg_${String(index)}`;
  const place = { item_id: id, output_index: index, content_index: 0 };
  const text = pieces.join("");
  const field = kind === "refusal" ? "refusal" : "text";
  const message = { type: "message", id, role: "assistant" };
  return {
    start: { ...message, status: "in_progress", content: [] },
    before: [{ type: "response.content_part.added", ...place, part: part("") }],
    deltas: pieces.map((delta) => ({ type: `response.${kind}.delta`, ...place, delta })),
    after: [
      { type: `response.${kind}.done`, ...place, [field]: text },
      { type: "response.content_part.done", ...place, part: part(text) },
    ],
    whole: { ...message, status: "completed", content: [part(text)] },
  };
}

export function textItem(index: Index, pieces: readonly string[]): ScriptedItem {
  const part = (text: string): JsonObject => ({ type: "output_text", text, annotations: [], logprobs: [] });
  return contentItem(index, part, "output_text", pieces);
}

export function refusalItem(index: Index, pieces: readonly string[]): ScriptedItem {
  return contentItem(index, (refusal) => ({ type: "refusal", refusal }), "refusal", pieces);
}

/** @param sealed - whether the caller asked for the encrypted content */
export function reasoningItem(index: Index, pieces: readonly string[], sealed = false): ScriptedItem {
  const id = `rs_${String(index)}`;
  const place = { item_id: id, output_index: index, summary_index: 0 };
  const part = (text: string): JsonObject => ({ type: "summary_text", text });
  const text = pieces.join("");
  return {
    start: { type: "reasoning", id, summary: [] },
    before: [{ type: "response.reasoning_summary_part.added", ...place, part: part("") }],
    deltas: pieces.map((delta) => ({ type: "response.reasoning_summary_text.delta", ...place, delta })),
    after: [
      { type: "response.reasoning_summary_text.done", ...place, text },
      { type: "response.reasoning_summary_part.done", ...place, part: part(text) },
    ],
    whole: { type: "reasoning", id, summary: [part(text)], ...(sealed ? { encrypted_content: "c2VhbGVk" } : {}) },
  };
}

/** @param pieces - the arguments, or the text of a custom tool, in pieces */
export function callItem(
  index: Index,
  { id: callId, name, kind = "function", namespace }: Omit<ScriptedToolCall, "arguments">,
  pieces: readonly string[],
): ScriptedItem {
  const { type, prefix, field, event } = callKinds[kind];
  const id = `${prefix}_${String(index)}`;
  const place = { item_id: id, output_index: index };
  const call = { type, id, call_id: callId, name, ...(namespace === undefined ? {} : { namespace }) };
  const text = pieces.join("");
  const named = kind === "function" ? { name } : {};
  return {
    start: { ...call, status: "in_progress", [field]: "" },
    before: [],
    deltas: pieces.map((delta) => ({ type: `response.${event}.delta`, ...place, delta })),
    after: [{ type: `response.${event}.done`, ...place, ...named, [field]: text }],
    whole: { ...call, status: "completed", [field]: text },
  };
}

const callKinds = {
  function: { type: "function_call", prefix: "fc", field: "arguments", event: "function_call_arguments" },
  custom: { type: "custom_tool_call", prefix: "ctc", field: "input", event: "custom_tool_call_input" },
};
