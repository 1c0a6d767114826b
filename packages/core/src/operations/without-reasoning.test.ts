import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json.js";
import { chatWithoutReasoning, messagesWithoutReasoning, responsesWithoutReasoning } from "./without-reasoning.js";

const user = { role: "user", content: "hi" };
const thinking = { type: "thinking", thinking: "hm", signature: "s" };
const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "done" }] };
const called = { role: "assistant", content: [thinking, { type: "tool_use", id: "t", name: "f", input: {} }] };

describe("a request whose reasoning a vendor refused", () => {
  it.each<[string, typeof chatWithoutReasoning, JsonObject]>([
    ["a chat without messages", chatWithoutReasoning, { messages: "hi" }],
    ["Messages without thinking", messagesWithoutReasoning, { messages: [user, null, "x"], thinking: {} }],
    ["Messages without a list", messagesWithoutReasoning, { messages: {} }],
    ["Responses with text", responsesWithoutReasoning, { input: "hi" }],
    ["Responses without reasoning", responsesWithoutReasoning, { input: [user, null, { type: "compaction" }] }],
  ])("is the same object if there is none: %s", (_, withoutReasoning, request) => {
    const left = withoutReasoning(request);
    expect(left.request).toBe(request);
    expect(left.dropped).toEqual([]);
  });

  it("reports what a provider remembered for a chat, and leaves the chat as it is", () => {
    const request = { messages: [user] };
    expect(chatWithoutReasoning(request)).toEqual({ request, dropped: ["messages[].reasoning"] });
  });

  it("keeps what a chat's vendors can all read", () => {
    const message = { role: "assistant", content: "a", reasoning_content: "hm" };
    const sealed = { thinking_blocks: [thinking], reasoning_details: [{ type: "reasoning.encrypted", data: "d" }] };
    const { request, dropped } = chatWithoutReasoning({
      model: "m",
      messages: [user, { ...message, ...sealed }, null],
    });
    expect(request).toEqual({ model: "m", messages: [user, message, null] });
    expect(dropped).toEqual(["messages[].thinking_blocks", "messages[].reasoning_details"]);
  });

  it.each<[string, JsonObject, readonly string[]]>([
    ["a budget", { thinking: { type: "enabled", budget_tokens: 1_024 } }, ["messages[].content[]", "thinking"]],
    ["its own judgment", { thinking: { type: "adaptive" } }, ["messages[].content[]"]],
    ["nothing about thinking", {}, ["messages[].content[]"]],
  ])("thinks on in a loop of tools unless it must begin with thinking: %s", (_, fields, dropped) => {
    const left = messagesWithoutReasoning({ ...fields, messages: [user, called, result] });
    expect(left.dropped).toEqual(dropped);
    expect(Object.keys(left.request).includes("thinking")).toBe("thinking" in fields && dropped.length === 1);
    expect(left.request["messages"]).toEqual([user, { ...called, content: called.content.slice(1) }, result]);
  });

  it("keeps the reasoning that is not meant, and goes on thinking after it", () => {
    const foreign = { ...thinking, signature: "foreign" };
    const isForeign = ({ signature }: JsonObject): boolean => signature === "foreign";
    const answered = { role: "assistant", content: [foreign, { type: "text", text: "a" }] };
    const request = { thinking: { type: "enabled" }, messages: [user, answered, user, called, result] };
    expect(messagesWithoutReasoning(request, isForeign)).toEqual({
      request: {
        thinking: { type: "enabled" },
        messages: [user, { role: "assistant", content: [{ type: "text", text: "a" }] }, user, called, result],
      },
      dropped: ["messages[].content[]"],
    });
    const own = { messages: [user, called, result] };
    expect(messagesWithoutReasoning(own, isForeign).request).toBe(own);
    const items = { input: [{ type: "reasoning", id: "rs_1", signature: "s" }] };
    expect(responsesWithoutReasoning(items, isForeign).request).toBe(items);
  });

  it("keeps ids of Responses' items that did not follow reasoning", () => {
    const call = { type: "function_call", id: "fc_1", call_id: "c" };
    const answer = { type: "message", role: "assistant", id: "msg_1", content: [] };
    const reasoning = { type: "reasoning", id: "rs_1", summary: [] };
    const { request, dropped } = responsesWithoutReasoning({ input: [call, reasoning, answer, call, user, answer] });
    expect(request["input"]).toEqual([
      call,
      { type: "message", role: "assistant", content: [] },
      { type: "function_call", call_id: "c" },
      user,
      answer,
    ]);
    expect(dropped).toEqual(["input[]"]);
  });
});
