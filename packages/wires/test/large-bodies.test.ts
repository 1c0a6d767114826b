// What a vendor or a caller can write without limit is read in time that grows with its length, and on a stack that does not.
import { RouterError } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import {
  chat,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  translateAnswer,
  type WireEvent,
  type WireName,
} from "../src/index.js";
import type { JsonObject } from "../src/json.js";
import { claude, openaiChat, openaiResponses } from "./targets.js";

const wires = { chat, messages, responses };

function crossing(from: WireName, to: WireName) {
  const answerer = { vendor: "vendor" };
  return { from: wires[from], to: wires[to], names: new ToolNames(), answerer, caller: { now: 1, request: {} } };
}

function crossed(from: WireName, to: WireName, events: readonly WireEvent[]): readonly WireEvent[] {
  const stream = new StreamTranslation(crossing(from, to));
  return [...events.flatMap((event) => stream.read(event)), ...stream.end()];
}

const chunk = (delta: JsonObject, more: JsonObject = {}): JsonObject => ({
  id: "c",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason: null, ...more }],
});
const callOf = (index: number, text: string): JsonObject => ({
  index,
  id: `call_${String(index)}`,
  function: { name: "f", arguments: text },
});
const many = <Entry>(count: number, entry: (index: number) => Entry): Entry[] =>
  Array.from({ length: count }, (_, index) => entry(index));
const last = chunk({}, { finish_reason: "stop" });
const typesOf = (events: readonly WireEvent[]): unknown[] =>
  events.map((event) => (event === "[DONE]" ? event : event["type"]));

describe("a stream", () => {
  it.each(["messages", "responses"] as const)("with 20,000 parallel calls is translated to %s", (to) => {
    const begun = many(20_000, (index) => callOf(index, '{"a":'));
    const ended = many(20_000, (index) => ({ index, function: { arguments: "1}" } }));
    const events = crossed("chat", to, [chunk({ tool_calls: begun }), chunk({ tool_calls: ended }), last, "[DONE]"]);
    const end = to === "messages" ? "content_block_stop" : "response.output_item.done";
    expect(typesOf(events).filter((type) => type === end)).toHaveLength(20_000);
    expect(typesOf(events).at(-1)).toBe(to === "messages" ? "message_stop" : "response.completed");
  });

  it("with 200,000 log probabilities in one event is translated", () => {
    const logprobs = { content: many(150_000, () => ({ token: "a", logprob: -1 })) };
    const events = crossed("chat", "responses", [chunk({ content: "a" }, { logprobs }), last, "[DONE]"]);
    expect(typesOf(events).at(-1)).toBe("response.completed");
  });

  it("with 50,000 parts in one message is translated", () => {
    const place = { output_index: 0, item_id: "msg_1" };
    const parts = many(50_000, (content_index): WireEvent[] => [
      { type: "response.content_part.added", ...place, content_index, part: { type: "output_text", text: "" } },
      { type: "response.output_text.delta", ...place, content_index, delta: "a" },
    ]);
    const item = { type: "message", id: "msg_1", role: "assistant", content: [] };
    const events = crossed("responses", "messages", [
      { type: "response.created", response: { id: "resp_1", model: "m" } },
      { type: "response.output_item.added", output_index: 0, item },
      ...parts.flat(),
      { type: "response.completed", response: { id: "resp_1", status: "completed", output: [] } },
    ]);
    expect(typesOf(events).filter((type) => type === "content_block_stop")).toHaveLength(50_000);
  });
});

describe("an answer", () => {
  it("with 100,000 parts of text and citations is translated to chat", () => {
    const content = many(100_000, () => ({ type: "text", text: "a" }));
    const body = { id: "msg_1", type: "message", role: "assistant", model: "m", content, stop_reason: "end_turn" };
    const { value } = translateAnswer(crossing("messages", "chat"), body);
    expect(value["choices"]).toMatchObject([{ message: { content: "a".repeat(100_000) } }]);
  });

  it("with arguments that are nested too deep is an invalid response", () => {
    const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const call = { id: "call_1", type: "function", function: { name: "f", arguments: deep } };
    const message = { role: "assistant", content: null, tool_calls: [call] };
    const choices = [{ index: 0, message, finish_reason: "tool_calls" }];
    expect(() => translateAnswer(crossing("chat", "messages"), { id: "c", model: "m", choices })).toThrow(RouterError);
  });

  it("whose error message is a million digits is translated", () => {
    const error = { message: "9".repeat(1_000_000), code: "context_length_exceeded" };
    const { body } = messages.writeError(chat.readError(400, { error }));
    expect(body["error"]).toMatchObject({ type: "invalid_request_error" });
  });
});

describe("a request", () => {
  it("with 150,000 fields that cannot be carried reports each", () => {
    const request = chat.readRequest({
      model: "m",
      messages: many(150_000, () => ({ role: "user", name: "n", content: "a" })),
    });
    const { losses } = messages.writeRequest(request, claude);
    expect(losses.filter(({ path }) => path.endsWith(".name"))).toHaveLength(150_000);
  });

  it("with 200,000 parts in one message of the assistant is translated", () => {
    const content = many(150_000, () => ({ type: "output_text", text: "a" }));
    const request = responses.readRequest({
      model: "m",
      input: [
        { type: "message", role: "system", content: many(150_000, () => ({ type: "input_text", text: "a" })) },
        { type: "message", role: "assistant", content },
        { type: "message", role: "user", content: "a" },
      ],
    });
    expect(chat.writeRequest(request, openaiChat).value["messages"]).toHaveLength(3);
    expect(responses.writeRequest(request, openaiResponses).value["input"]).toBeDefined();
  });

  it("with 200,000 parts in one system message in one message is read", () => {
    const content = many(150_000, () => ({ type: "text", text: "a" }));
    const request = chat.readRequest({
      model: "m",
      messages: [
        { role: "system", content },
        { role: "user", content: "a" },
      ],
    });
    expect(request.instructions).toHaveLength(150_000);
  });

  it("with 50,000 images in one result of a tool is translated to chat", () => {
    const source = { type: "url", url: "https://images.test/a.png" };
    const request = messages.readRequest({
      model: "m",
      max_tokens: 10,
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: {} }] },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "t", content: many(50_000, () => ({ type: "image", source })) },
          ],
        },
      ],
    });
    const { value } = chat.writeRequest(request, openaiChat);
    expect(value["messages"]).toHaveLength(4);
  });
});
