// What chat callers get, and send back, of an answer's reasoning, in OpenRouter's shape.
import { describe, expect, it } from "vitest";
import {
  chat,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  translateAnswer,
  wantsReasoningDetails,
} from "../src/index.js";
import type { JsonObject } from "../src/json.js";
import { claude, openaiResponses } from "./targets.js";

const anthropic = { format: "anthropic-claude-v1", index: 0 };
const openai = { format: "openai-responses-v1", index: 0 };

const requestWith = (details: readonly JsonObject[], more: JsonObject = {}) =>
  chat.readRequest({
    model: "m",
    messages: [
      { role: "user", content: "hi" },
      { role: "assistant", content: "a", reasoning: "Hm.", reasoning_details: details, ...more },
      { role: "user", content: "go on" },
    ],
  });

/** The blocks, or items, that come before the model's text. */
function sent(details: readonly JsonObject[], more?: JsonObject) {
  const request = requestWith(details, more);
  const toClaude = messages.writeRequest(request, claude);
  const toOpenai = responses.writeRequest(request, openaiResponses);
  const [, turn] = toClaude.value["messages"] as readonly JsonObject[];
  const blocks = turn?.["content"];
  return {
    blocks: Array.isArray(blocks) ? blocks.slice(0, -1) : [],
    items: (toOpenai.value["input"] as readonly JsonObject[]).filter(({ type }) => type === "reasoning"),
    lost: { claude: toClaude.losses.map(({ path }) => path), openai: toOpenai.losses.map(({ path }) => path) },
  };
}

describe("reasoning_details of a chat", () => {
  it("are thinking blocks for the vendor that signed them, and reported at others", () => {
    const { blocks, items, lost } = sent([
      { type: "reasoning.text", text: "Hm.", signature: "sig", id: null, ...anthropic },
      { type: "reasoning.encrypted", data: "hidden", ...anthropic, index: 1 },
    ]);
    expect(blocks).toEqual([
      { type: "thinking", thinking: "Hm.", signature: "sig" },
      { type: "redacted_thinking", data: "hidden" },
    ]);
    expect(items).toEqual([]);
    expect(lost.openai).toEqual(
      expect.arrayContaining(["messages[1].reasoning_details[0]", "messages[1].reasoning_details[1]"]),
    );
  });

  it("are an item of reasoning, with its summary, for the vendor that encrypted them", () => {
    const { blocks, items, lost } = sent([
      { type: "reasoning.summary", summary: "Plan.", ...openai },
      { type: "reasoning.encrypted", data: "gAAA", id: "rs_1", ...openai },
    ]);
    const summary = [{ type: "summary_text", text: "Plan." }];
    expect(items).toEqual([{ type: "reasoning", id: "rs_1", summary, encrypted_content: "gAAA" }]);
    expect(blocks).toEqual([]);
    expect(lost.claude).toContain("messages[1].reasoning_details[0]");
  });

  it("are joined from the pieces of a stream", () => {
    const pieces = [
      { type: "reasoning.text", text: "H", ...anthropic },
      { type: "reasoning.text", text: "m.", ...anthropic },
      { type: "reasoning.text", signature: "sig", ...anthropic },
      { type: "reasoning.text", text: "So.", signature: "sig-2", ...anthropic },
    ];
    expect(sent(pieces).blocks).toEqual([
      { type: "thinking", thinking: "Hm.", signature: "sig" },
      { type: "thinking", thinking: "So.", signature: "sig-2" },
    ]);
    const summaries = ["**Pl", "an**"].map((summary) => ({ type: "reasoning.summary", summary, ...openai }));
    const { items } = sent([...summaries, { type: "reasoning.encrypted", data: "gAAA", ...openai }]);
    expect(items).toMatchObject([{ summary: [{ text: "**Plan**" }], encrypted_content: "gAAA" }]);
  });

  it.each([
    ["of another vendor", { type: "reasoning.encrypted", data: "d", format: "google-gemini-v1", index: 0 }],
    ["of a vendor with the same API", { type: "reasoning.encrypted", data: "d", format: "xai-responses-v1", index: 0 }],
    ["without a format", { type: "reasoning.text", text: "Hm.", signature: "s" }],
    ["of a type that does not exist yet", { type: "reasoning.future", format: "toString" }],
  ])("go nowhere, and are reported, if they are %s", (_, detail) => {
    const { blocks, items, lost } = sent([detail]);
    expect([blocks, items]).toEqual([[], []]);
    expect(lost.claude).toContain("messages[1].reasoning_details[0]");
    expect(lost.openai).toContain("messages[1].reasoning_details[0]");
  });

  it("yield to thinking_blocks, which say the same", () => {
    const detail = { type: "reasoning.text", text: "Hm.", signature: "from-details", ...anthropic };
    const more = { thinking_blocks: [{ type: "thinking", thinking: "Hm.", signature: "sig" }] };
    expect(sent([detail], more).blocks).toEqual(more.thinking_blocks);
  });

  it("that are not a list of objects are refused with their path", () => {
    expect(() => requestWith(["x"] as never)).toThrow("messages[1].reasoning_details[0]");
  });
});

describe("reasoning_details of an answer", () => {
  const caller = { now: 7, request: {}, reasoningDetails: true };
  const toChat = { to: chat, names: new ToolNames() };
  const claudes: JsonObject = {
    type: "message",
    id: "msg_1",
    role: "assistant",
    model: "m",
    stop_reason: "end_turn",
    content: [
      { type: "thinking", thinking: "Hm.", signature: "sig" },
      { type: "redacted_thinking", data: "hidden" },
      { type: "text", text: "a" },
    ],
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  const openais: JsonObject = {
    object: "response",
    id: "resp_1",
    model: "m",
    status: "completed",
    output: [
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Plan." }], encrypted_content: "gAAA" },
      { type: "reasoning", id: "rs_2", summary: [], encrypted_content: "gBBB" },
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        content: [{ type: "output_text", text: "a", annotations: [] }],
      },
    ],
  };
  const messageOf = ({ value }: { readonly value: JsonObject }): JsonObject =>
    (value["choices"] as readonly { readonly message: JsonObject }[])[0]?.message ?? {};

  it("are what was signed, and come back as the same blocks", () => {
    const { value, losses } = translateAnswer(
      { ...toChat, from: messages, answerer: { vendor: "anthropic" }, caller },
      claudes,
    );
    expect(losses).toEqual([]);
    const details = messageOf({ value })["reasoning_details"] as readonly JsonObject[];
    expect(details).toEqual([
      { type: "reasoning.text", text: "Hm.", signature: "sig", ...anthropic },
      { type: "reasoning.encrypted", data: "hidden", ...anthropic, index: 1 },
    ]);
    expect(sent(details).blocks).toEqual((claudes["content"] as readonly unknown[]).slice(0, 2));
  });

  it("are what was encrypted, with its account, and come back as the same items", () => {
    const answerer = { vendor: openaiResponses.vendor, deployment: openaiResponses.deployment };
    const { value, losses } = translateAnswer({ ...toChat, from: responses, answerer, caller } as never, openais);
    expect(losses).toEqual([]);
    const details = messageOf({ value })["reasoning_details"] as readonly JsonObject[];
    expect(details.map(({ type, id, index }) => [type, id, index])).toEqual([
      ["reasoning.summary", undefined, 0],
      ["reasoning.encrypted", "rs_1", 0],
      ["reasoning.encrypted", "rs_2", 1],
    ]);
    expect(sent(details).items).toEqual((openais["output"] as readonly unknown[]).slice(0, 2));
    const request = requestWith(details);
    const elsewhere = responses.writeRequest(request, { ...openaiResponses, deployment: "another" });
    expect(elsewhere.losses.map(({ path }) => path)).toContain("messages[1].reasoning_details[0]");
    expect(JSON.stringify(elsewhere.value)).not.toContain("gAAA");
  });

  it("are one chunk of a stream for each block", () => {
    const translation = new StreamTranslation({ ...toChat, from: messages, answerer: { vendor: "anthropic" }, caller });
    const events: readonly JsonObject[] = [
      { type: "message_start", message: { ...claudes, content: [], stop_reason: null } },
      { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "H" } },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "m." } },
      { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "sig" } },
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 1, content_block: { type: "redacted_thinking", data: "hidden" } },
      { type: "content_block_stop", index: 1 },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
      { type: "message_stop" },
    ];
    const chunks = events.flatMap((event) => translation.read(event)) as readonly JsonObject[];
    const details = chunks.flatMap(({ choices = [] }) =>
      (choices as readonly { readonly delta: { readonly reasoning_details?: readonly JsonObject[] } }[]).flatMap(
        ({ delta }) => delta.reasoning_details ?? [],
      ),
    );
    expect(sent(details).blocks).toEqual((claudes["content"] as readonly unknown[]).slice(0, 2));
    expect(translation.losses).toEqual([]);
  });

  it.each<[boolean, JsonObject]>([
    [false, { messages: [] }],
    [false, { messages: "hi", include_reasoning: false }],
    [false, { messages: [null, { role: "assistant", reasoning_details: [] }] }],
    [true, { include_reasoning: true }],
    [true, { messages: [{ role: "assistant", reasoning_details: [{}] }, { role: "user" }] }],
  ])("are wanted (%s) by a caller that sends %j", (wanted, request) => {
    expect(wantsReasoningDetails(request)).toBe(wanted);
  });

  it("are asked for only of models that reason, at vendors of every API", () => {
    const request = chat.readRequest({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
      include_reasoning: true,
    });
    const include = (reasoning: boolean): unknown =>
      responses.writeRequest(request, { ...openaiResponses, reasoning }).value["include"];
    expect([include(true), include(false)]).toEqual([["reasoning.encrypted_content"], undefined]);
    expect(messages.writeRequest(request, claude)).toMatchObject({ losses: [] });
  });
});
