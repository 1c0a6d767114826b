import type { JsonObject } from "@modelyard/core";
import type { ScriptedToolCall } from "./behavior.js";

/** A block of a message, as Messages streams it. */
export interface ScriptedBlock {
  /** The block at its start in a stream, without content. */
  readonly start: JsonObject;
  readonly deltas: readonly JsonObject[];
  /** The block in a whole answer. */
  readonly whole: JsonObject;
}

const signature = "c2lnbmF0dXJl";

export function textBlock(pieces: readonly string[]): ScriptedBlock {
  return {
    start: { type: "text", text: "", citations: null },
    deltas: pieces.map((text) => ({ type: "text_delta", text })),
    whole: { type: "text", text: pieces.join(""), citations: null },
  };
}

export function thinkingBlock(pieces: readonly string[]): ScriptedBlock {
  return {
    start: { type: "thinking", thinking: "", signature: "" },
    deltas: [
      ...pieces.map((thinking) => ({ type: "thinking_delta", thinking })),
      { type: "signature_delta", signature },
    ],
    whole: { type: "thinking", thinking: pieces.join(""), signature },
  };
}

/** @param pieces - the arguments, in pieces */
export function toolUseBlock(
  { id, name }: Omit<ScriptedToolCall, "arguments">,
  pieces: readonly string[],
): ScriptedBlock {
  const caller = { type: "direct" };
  return {
    start: { type: "tool_use", id, name, input: {}, caller },
    deltas: pieces.map((piece) => ({ type: "input_json_delta", partial_json: piece })),
    get whole() {
      return { type: "tool_use", id, name, input: JSON.parse(pieces.join("") || "{}") as unknown, caller };
    },
  };
}
