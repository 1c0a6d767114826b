import { isJsonObject, type JsonObject } from "./json.js";

/** Fields that hold content, in the delta of a choice, or in the choice itself for text completions. */
const texts = ["content", "text", "refusal", "reasoning_content", "reasoning"] as const;

function lengthOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (value == null || (Array.isArray(value) && value.length === 0)) return 0;
  return JSON.stringify(value).length;
}

function callLength(call: unknown): number {
  const named = isJsonObject(call) && isJsonObject(call["function"]) ? call["function"] : undefined;
  return Math.max(1, lengthOf(named?.["name"]) + lengthOf(named?.["arguments"]));
}

/**
 * The length of the content in one choice of a streamed event, in characters: text, refusal, reasoning, tool calls and
 * audio. 0 if there is none, for example if there is only a role, an empty text or a finish reason.
 */
export function contentLength(choice: JsonObject): number {
  const delta = isJsonObject(choice["delta"]) ? choice["delta"] : choice;
  let length = 0;
  for (const key of texts) length += lengthOf(delta[key]);
  const calls = delta["tool_calls"];
  if (Array.isArray(calls)) for (const call of calls as readonly unknown[]) length += callLength(call);
  return length + lengthOf(delta["function_call"]) + lengthOf(delta["audio"]);
}
