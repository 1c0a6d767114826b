// Tests that what a caller's wire cannot hold of an answer is reported.
import { describe, expect, it } from "vitest";
import { BridgeHarness } from "./support/bridge-harness.js";

const bridge = new BridgeHarness().install();

const logprobs = { content: [{ token: "Hi", logprob: -0.1, bytes: null, top_logprobs: [] }], refusal: null };
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
const head = { id: "c", created: 1, model: "m" };
const sse = (events: readonly object[]): string => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");

const chatAnswer = JSON.stringify({
  ...head,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, logprobs, finish_reason: "stop" }],
  usage,
});
const chunk = { ...head, object: "chat.completion.chunk" };
const chatStream = sse([
  { ...chunk, choices: [{ index: 0, delta: { role: "assistant", content: "Hi" }, logprobs, finish_reason: null }] },
  { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage },
]);
const plainStream = sse([
  { ...chunk, choices: [{ index: 0, delta: { role: "assistant", content: "Hi" }, finish_reason: null }] },
  { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage },
]);
const document = { type: "char_location", cited_text: "x", document_index: 0, document_title: "t" };
const messagesAnswer = JSON.stringify({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  content: [{ type: "text", text: "Hi", citations: [{ ...document, start_char_index: 0, end_char_index: 1 }] }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
});

describe("what a translated answer loses", () => {
  it.each([
    ["logprobs for a caller of messages", "messages", "chat", chatAnswer, ["answer.logprobs"]],
    ["citations of documents for a caller of chat", "chat", "messages", messagesAnswer, ["answer.citations"]],
    ["citations of documents for a caller of responses", "responses", "messages", messagesAnswer, ["answer.citations"]],
  ] as const)("is reported with the answer: %s", async (_, from, to, body, lost) => {
    bridge.upstream.script({}, { body });
    expect((await bridge.call(from, to)).droppedParams).toEqual(lost);
  });

  it("is reported with the last events of a stream, once", async () => {
    bridge.upstream.script({}, { body: chatStream, headers: { "content-type": "text/event-stream" } });
    const parts = await bridge.parts("messages", "chat");
    expect(parts.flatMap(({ droppedParams = [] }) => droppedParams)).toEqual(["answer.logprobs"]);
  });

  it("is nothing if the answer has only what all wires can say", async () => {
    const result = await bridge.call("messages", "chat");
    expect(result.droppedParams).toBeUndefined();
    bridge.upstream.script({}, { body: plainStream, headers: { "content-type": "text/event-stream" } });
    const parts = await bridge.parts("responses", "chat");
    expect(parts.flatMap(({ droppedParams = [] }) => droppedParams)).toEqual([]);
  });
});
