import type { ChatCompletion, ChatCompletionChunk, JsonObject } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { bytesOf, callOf, partsOf, replay, sse } from "./support/replay.js";
import { anthropic } from "../src/anthropic.js";

function message(fields: JsonObject): JsonObject {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-x",
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 2 },
    content: [{ type: "text", text: "ok" }],
    ...fields,
  };
}

/** The answer to a chat, and what is sent if it becomes part of the next one. */
async function ask(answer: JsonObject, request: JsonObject = {}) {
  const transport = replay({ pieces: [bytesOf(JSON.stringify(answer))] });
  const provider = anthropic({ transport });
  const result = await provider.call("chat", callOf(request));
  if (result.kind !== "answer") throw new Error("no answer");
  const value = result.value as unknown as ChatCompletion;
  const [choice] = value.choices;
  const again = async () => {
    const messages = [{ role: "user", content: "x" }, choice?.message, { role: "user", content: "y" }];
    await provider.call("chat", callOf({ messages }));
    const sent = JSON.parse(String(transport.requests.at(-1)?.body)) as { messages: { content: unknown }[] };
    return sent.messages[1]?.content;
  };
  return { value, choice, again };
}

describe("the answer to a chat", () => {
  it("has the thinking with its signature, which is sent back unchanged", async () => {
    const thinking = { type: "thinking", thinking: "hm", signature: "s" };
    const redacted = { type: "redacted_thinking", data: "x" };
    const text = { type: "text", text: "so" };
    const { value, choice, again } = await ask(message({ content: [thinking, redacted, text] }));
    expect(value).toMatchObject({ object: "chat.completion", created: 1_767_225_600, model: "claude-x" });
    expect(value.id).toMatch(/^chatcmpl-1_\w+$/u);
    expect(choice?.message).toEqual({
      role: "assistant",
      content: "so",
      refusal: null,
      reasoning_content: "hm",
      thinking_blocks: [thinking, redacted],
    });
    expect(await again()).toEqual([thinking, redacted, text]);
  });

  it("has tool calls, and the text next to them", async () => {
    const use = { type: "tool_use", id: "t", name: "f", input: { a: 1 } };
    const { choice } = await ask(message({ stop_reason: "tool_use", content: [use] }));
    expect(choice).toMatchObject({
      finish_reason: "tool_calls",
      logprobs: null,
      message: {
        content: null,
        tool_calls: [{ id: "t", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
      },
    });
    const both = await ask(message({ content: [{ type: "text", text: "wait" }, use] }));
    expect(both.choice?.message.content).toBe("wait");
  });

  it("is the input of the JSON tool as text, without other texts", async () => {
    const content = [
      { type: "text", text: "Here it is:" },
      { type: "tool_use", id: "t", name: "json_answer", input: { n: 1 } },
    ];
    const request = { response_format: { type: "json_object" } };
    const { choice } = await ask(message({ stop_reason: "tool_use", content }), request);
    expect(choice).toMatchObject({ finish_reason: "stop", message: { content: '{"n":1}' } });
    expect(choice?.message).not.toHaveProperty("tool_calls");
    const without = await ask(message({}), request);
    expect(without.choice).toMatchObject({ finish_reason: "stop", message: { content: "ok" } });
  });

  it("says why a model refused", async () => {
    const refused = message({
      stop_reason: "refusal",
      stop_details: { type: "refusal", category: "cyber", explanation: "No." },
    });
    expect((await ask(refused)).choice).toMatchObject({ finish_reason: "content_filter", message: { refusal: "No." } });
  });

  it.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["pause_turn", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["tool_use", "tool_calls"],
    ["refusal", "content_filter"],
    ["something_new", "something_new"],
  ])("ends with %s as %s", async (reason, wanted) => {
    expect((await ask(message({ stop_reason: reason }))).choice?.finish_reason).toBe(wanted);
  });

  it("counts cached tokens as OpenAI does, and keeps Anthropic's own counts", async () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 5,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 20,
      cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 },
      output_tokens_details: { thinking_tokens: 3 },
      server_tool_use: { web_search_requests: 1 },
      service_tier: "priority",
    };
    const wanted = {
      prompt_tokens: 130,
      completion_tokens: 5,
      total_tokens: 135,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 20, cache_creation_tokens: 20 },
      cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 },
      cache_creation_input_tokens: 20,
      cache_read_input_tokens: 100,
      completion_tokens_details: { reasoning_tokens: 3 },
      server_tool_use: { web_search_requests: 1 },
      service_tier: "priority",
    };
    expect((await ask(message({ usage }))).value.usage).toEqual(wanted);
    const events = [
      { type: "message_start", message: message({ content: [], stop_reason: null, usage }) },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { input_tokens: null, output_tokens: 5 } },
      { type: "message_stop" },
    ];
    const transport = replay({ headers: { "content-type": "text/event-stream" }, pieces: [bytesOf(sse(...events))] });
    const asked = callOf({ stream_options: { include_usage: true } }, { stream: true });
    const result = await anthropic({ transport }).call("chat", asked);
    const parts = result.kind === "stream" ? await partsOf(result.parts) : [];
    const chunks = parts.flatMap((part) => part.chunks as unknown as ChatCompletionChunk[]);
    expect(chunks.at(-1)?.usage).toEqual(wanted);
  });
});
