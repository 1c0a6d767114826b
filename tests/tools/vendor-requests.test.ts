import type { UpstreamCall } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import type { WireName } from "./tool.js";
import { hasOpaqueReasoning, isStep, resultsIn } from "./vendor-requests.js";

const call = (body: Readonly<Record<string, unknown>>): UpstreamCall => ({ body }) as unknown as UpstreamCall;

const requests: Readonly<Record<WireName, UpstreamCall>> = {
  chat: call({
    messages: [
      { role: "user", content: "Hi" },
      { role: "tool", tool_call_id: "a", content: "blue" },
    ],
    tools: [{ type: "function" }],
  }),
  messages: call({
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "thinking", thinking: "", signature: "s" }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "blue" }] }] },
    ],
    tools: [{ name: "paint" }],
  }),
  responses: call({
    input: [
      { type: "additional_tools", tools: [] },
      { type: "reasoning", encrypted_content: "e" },
      { type: "custom_tool_call_output", call_id: "a", output: "blue" },
    ],
  }),
};

describe("what a vendor received", () => {
  it.each(["chat", "messages", "responses"] as const)("has the result of a tool call by its id: %s", (wire) => {
    expect([...resultsIn(requests[wire], wire).keys()]).toEqual(["a"]);
    expect(resultsIn(requests[wire], wire).get("a")).toContain("blue");
  });

  it.each([
    ["chat", false],
    ["messages", true],
    ["responses", true],
  ] as const)("has reasoning that only the vendor can read: %s %s", (wire, expected) => {
    expect(hasOpaqueReasoning(requests[wire])).toBe(expected);
  });

  it("is a step of the conversation if it offers tools", () => {
    expect(Object.values(requests).every(isStep)).toBe(true);
    expect(isStep(call({ messages: [{ role: "user", content: "A title, please" }] }))).toBe(false);
  });
});
