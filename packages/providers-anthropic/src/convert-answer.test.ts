import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { convertAnswer } from "./convert-answer.js";
import { convertMessages } from "../test/support/at-once.js";
import { convertUsage, mergeCounts } from "./convert-usage.js";
import { mapStopReason } from "./map-stop-reason.js";

function message(fields: object): Anthropic.Message {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-x",
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 2 },
    content: [],
    ...fields,
  } as unknown as Anthropic.Message;
}
const plain = { created: 7, answersByTool: false };

describe("convertAnswer", () => {
  it("keeps thinking, with the signature that Anthropic expects back", () => {
    const thinking = { type: "thinking", thinking: "hm", signature: "s" };
    const redacted = { type: "redacted_thinking", data: "x" };
    const answer = convertAnswer(message({ content: [thinking, redacted, { type: "text", text: "so" }] }), plain);
    expect(answer).toMatchObject({ id: "msg_1", object: "chat.completion", created: 7, model: "claude-x" });
    expect(answer.choices[0]?.message).toEqual({
      role: "assistant",
      content: "so",
      refusal: null,
      reasoning_content: "hm",
      thinking_blocks: [thinking, redacted],
    });
    const back = convertMessages([{ role: "user", content: "x" }, answer.choices[0]!.message]);
    expect(back.messages[1]?.content).toEqual([thinking, redacted, { type: "text", text: "so" }]);
  });

  it("converts tool calls, and keeps the text next to them", () => {
    const use = { type: "tool_use", id: "t", name: "f", input: { a: 1 } };
    const answer = convertAnswer(message({ stop_reason: "tool_use", content: [use] }), plain);
    expect(answer.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: null,
        tool_calls: [{ id: "t", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
      },
    });
    expect(
      convertAnswer(message({ content: [{ type: "text", text: "wait" }, use] }), plain).choices[0]?.message.content,
    ).toBe("wait");
  });

  it("returns the input of the JSON tool as text", () => {
    const content = [{ type: "tool_use", id: "t", name: "json_answer", input: { n: 1 } }];
    const answer = convertAnswer(message({ stop_reason: "tool_use", content }), { ...plain, answersByTool: true });
    expect(answer.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: '{"n":1}' } });
    expect(answer.choices[0]?.message).not.toHaveProperty("tool_calls");
  });

  it("reports why a model refused", () => {
    const refused = message({
      stop_reason: "refusal",
      stop_details: { type: "refusal", category: "cyber", explanation: "No." },
    });
    expect(convertAnswer(refused, plain).choices[0]).toMatchObject({
      finish_reason: "content_filter",
      message: { refusal: "No." },
    });
  });
});

describe("mapStopReason", () => {
  it.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["pause_turn", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["tool_use", "tool_calls"],
    ["refusal", "content_filter"],
    ["something_new", "something_new"],
    [null, null],
  ])("converts %s to %s", (reason, wanted) => {
    expect(mapStopReason(reason)).toBe(wanted);
  });
});

describe("convertUsage", () => {
  it("includes cached tokens, as OpenAI does, and keeps Anthropic's own counts", () => {
    expect(
      convertUsage({
        input_tokens: 10,
        output_tokens: 5,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 20,
        cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 },
        output_tokens_details: { thinking_tokens: 3 },
        service_tier: "priority",
      }),
    ).toEqual({
      prompt_tokens: 130,
      completion_tokens: 5,
      total_tokens: 135,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 20, cache_creation_tokens: 20 },
      cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 },
      cache_creation_input_tokens: 20,
      cache_read_input_tokens: 100,
      completion_tokens_details: { reasoning_tokens: 3 },
      service_tier: "priority",
    });
  });

  it("replaces earlier counts with those that are reported later", () => {
    expect(mergeCounts({ input_tokens: 10, output_tokens: 1 }, { input_tokens: null, output_tokens: 9 })).toEqual({
      input_tokens: 10,
      output_tokens: 9,
    });
  });
});
