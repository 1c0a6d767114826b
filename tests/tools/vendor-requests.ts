import type { JsonObject } from "@modelyard/core";
import type { UpstreamCall } from "@modelyard/testing";
import type { WireName } from "./tool.js";

type Objects = readonly JsonObject[];

function objectsIn(value: unknown): Objects {
  return Array.isArray(value) ? (value as Objects) : [];
}

/**
 * Whether it is a step of the conversation. Tools send other requests, too, for example for a title, and those offer the
 * model no tools.
 */
export function isStep({ body }: UpstreamCall): boolean {
  return (
    objectsIn(body["tools"]).length > 0 || objectsIn(body["input"]).some(({ type }) => type === "additional_tools")
  );
}

/** The results of tool calls that a vendor received, as JSON, by the id of the call. */
export function resultsIn({ body }: UpstreamCall, wire: WireName): ReadonlyMap<string, string> {
  return new Map(resultObjects(body, wire).map(([id, result]) => [String(id), JSON.stringify(result)]));
}

function resultObjects(body: JsonObject, wire: WireName): readonly (readonly [unknown, unknown])[] {
  const messages = objectsIn(body["messages"]);
  switch (wire) {
    case "chat":
      return messages.filter(({ role }) => role === "tool").map((found) => [found["tool_call_id"], found["content"]]);
    case "messages":
      return messages
        .flatMap(({ content }) => objectsIn(content))
        .filter(({ type }) => type === "tool_result")
        .map((found) => [found["tool_use_id"], found["content"]]);
    case "responses":
      return objectsIn(body["input"])
        .filter(({ type }) => type === "function_call_output" || type === "custom_tool_call_output")
        .map((found) => [found["call_id"], found["output"]]);
  }
}

/** Whether a vendor received reasoning that only it can read: signed, or encrypted. */
export function hasOpaqueReasoning({ body }: UpstreamCall): boolean {
  const blocks = objectsIn(body["messages"]).flatMap(({ content }) => objectsIn(content));
  const signed = blocks.some(({ type, signature }) => type === "thinking" && Boolean(signature));
  const items = objectsIn(body["input"]);
  return signed || items.some(({ type, encrypted_content: sealed }) => type === "reasoning" && Boolean(sealed));
}
