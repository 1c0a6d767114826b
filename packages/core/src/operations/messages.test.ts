import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json.js";
import type { Usage } from "../wire/usage.js";
import { messages } from "./messages.js";

const turn = { role: "user", content: "hi" };
const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };

describe("requests of Messages", () => {
  it.each<[string, JsonObject]>([
    ["max_tokens", { messages: [turn] }],
    ["max_tokens", { messages: [turn], max_tokens: null }],
    ["max_tokens", { messages: [turn], max_tokens: "20" }],
    ["max_tokens", { messages: [turn], max_tokens: 1.5 }],
    ["max_tokens", { messages: [turn], max_tokens: -1 }],
    ["messages", { messages: "hi", max_tokens: 20 }],
    ["messages[1]", { messages: [turn, "hi"], max_tokens: 20 }],
    ["messages[0]", { messages: [null], max_tokens: 20 }],
  ])("name %s as the fault of %j", (path, request) => {
    const fault = messages.check?.(request);
    expect(fault?.path).toBe(path);
    expect(fault?.message).toContain(path);
  });

  it.each([0, 20])("may ask for %i tokens", (limit) => {
    expect(messages.check?.({ messages: [turn], max_tokens: limit })).toBeUndefined();
    expect(messages.maxOutputTokens({ max_tokens: limit })).toBe(limit);
  });

  it("need vision for images in messages and in the results of tools", () => {
    const vision = (content: unknown): string | undefined =>
      messages.needs.vision({ messages: [turn, { role: "user", content }] });
    expect([vision([image]), vision([{}, { type: "tool_result", tool_use_id: "t", content: [image] }])]).toEqual([
      "messages[1].content[0]",
      "messages[1].content[1]",
    ]);
    expect([vision([{ type: "text", text: "image" }]), vision([{ type: "tool_result", content: "image" }])]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("need tools and JSON schemas where they ask for them", () => {
    const { tools, jsonSchema } = messages.needs;
    expect([tools({ tools: [{ name: "f" }] }), tools({ tools: [] }), tools({})]).toEqual([
      "tools[0]",
      undefined,
      undefined,
    ]);
    expect([jsonSchema({ output_config: { format: { type: "json_schema" } } }), jsonSchema({})]).toEqual([
      "output_config.format",
      undefined,
    ]);
  });

  it("send the user as metadata, and keep the body if that is all", () => {
    const own = { user_id: "u" };
    expect(messages.vendorMetadata({ metadata: own })).toBe(own);
    expect(messages.vendorMetadata({ metadata: { user_id: "u", tags: ["a"] } })).toEqual(own);
    expect(messages.vendorMetadata({ metadata: { tags: ["a"] } })).toBeUndefined();
  });
});

describe("the estimate of a Messages request", () => {
  const tokens = (content: unknown, more: JsonObject = {}): number =>
    messages.inputTokens({ messages: [{ role: "user", content }], ...more });
  const text = "a".repeat(4_000);
  const base64 = "A".repeat(80_000);

  it.each<[string, number, unknown]>([
    ["text", 1_000, text],
    ["a text block", 1_000, [{ type: "text", text }]],
    ["an image", 765, [image]],
    ["a document", 1_000, [{ type: "document", source: { type: "base64", data: base64 } }]],
    ["a document of text", 1_000, [{ type: "document", source: { type: "text", data: text } }]],
    [
      "a document of blocks",
      1_000,
      [{ type: "document", source: { type: "content", content: [{ type: "text", text }] } }],
    ],
    ["the result of a tool", 1_000, [{ type: "tool_result", tool_use_id: "t", content: text }]],
    ["an image that a tool returned", 765, [{ type: "tool_result", tool_use_id: "t", content: [image] }]],
    ["the input of a tool", 1_000, [{ type: "tool_use", id: "t", name: "f", input: { path: text } }]],
    ["reasoning without its signature", 1_000, [{ type: "thinking", thinking: text, signature: base64 }]],
  ])("counts %s as about %i tokens", (_, about, content) => {
    expect(tokens(content)).toBeGreaterThanOrEqual(about);
    expect(tokens(content)).toBeLessThan(about + 30);
  });

  it("includes the system text and the tools", () => {
    const none = tokens("hi");
    expect(tokens("hi", { system: text }) - none).toBe(1_000);
    expect(tokens("hi", { system: [{ type: "text", text }] }) - none).toBe(1_000);
    expect(tokens("hi", { tools: [{ name: "f", description: text }] }) - none).toBeGreaterThan(1_000);
  });

  it("ends for results that contain themselves", () => {
    const circle: Record<string, unknown> = { type: "tool_result" };
    circle["content"] = [circle];
    expect(Number.isInteger(tokens([circle]))).toBe(true);
  });
});

describe("answers of Messages", () => {
  it("report usage whose prompt includes what was read from the cache and written to it", () => {
    const usage = {
      input_tokens: 3,
      output_tokens: 6,
      cache_read_input_tokens: 5,
      cache_creation_input_tokens: 2,
      cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 0 },
      output_tokens_details: { thinking_tokens: 4 },
    };
    expect(messages.reads.usage({ type: "message", usage })).toEqual({
      prompt_tokens: 10,
      completion_tokens: 6,
      total_tokens: 16,
      prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 4 },
      cache_creation: usage.cache_creation,
    });
  });

  it("report usage in two events, of which the second replaces what it repeats", () => {
    const started = { input_tokens: 43, cache_read_input_tokens: 7, output_tokens: 1 };
    const first = messages.reads.usage({ type: "message_start", message: { usage: started } }) as Usage;
    const delta = (usage: JsonObject): unknown =>
      messages.reads.usage({ type: "message_delta", delta: {}, usage }, first);
    expect(delta({ output_tokens: 20, input_tokens: null })).toMatchObject({
      prompt_tokens: 50,
      completion_tokens: 20,
      total_tokens: 70,
      prompt_tokens_details: { cached_tokens: 7 },
    });
    expect(delta({ output_tokens: 20, input_tokens: 61, cache_read_input_tokens: 0 })).toMatchObject({
      prompt_tokens: 61,
      total_tokens: 81,
    });
  });

  it("are empty if they only contain reasoning or empty text", () => {
    const empty = (...content: JsonObject[]): boolean => messages.empty({ content });
    expect(empty({ type: "thinking", thinking: "hm" }, { type: "text", text: "" })).toBe(true);
    expect(empty({ type: "tool_use", id: "t", name: "f", input: {} })).toBe(false);
  });
});

describe("events of Messages", () => {
  const events: readonly JsonObject[] = [
    {
      type: "message_start",
      message: { id: "m", content: [], stop_reason: null, usage: { input_tokens: 9, output_tokens: 1 } },
    },
    { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
    { type: "ping" },
    { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Think." } },
    { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "c2ln" } },
    { type: "content_block_stop", index: 0 },
    { type: "content_block_start", index: 1, content_block: { type: "text", text: "", citations: null } },
    { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Look" } },
    { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "ing." } },
    { type: "content_block_delta", index: 1, delta: { type: "citations_delta", citation: { url: "https://a" } } },
    { type: "content_block_stop", index: 1 },
    { type: "content_block_start", index: 2, content_block: { type: "tool_use", id: "t", name: "f", input: {} } },
    { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: "" } },
    { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '{"a":' } },
    { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: "1}" } },
    { type: "content_block_stop", index: 2 },
    { type: "content_block_start", index: 3, content_block: { type: "tool_use", id: "u", name: "g", input: {} } },
    { type: "content_block_stop", index: 3 },
    { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 30, input_tokens: null } },
    { type: "message_stop" },
  ];

  it("amount to a message with all blocks", () => {
    expect(messages.assemble?.(events)).toEqual({
      id: "m",
      content: [
        { type: "thinking", thinking: "Think.", signature: "c2ln" },
        { type: "text", text: "Looking.", citations: [{ url: "https://a" }] },
        { type: "tool_use", id: "t", name: "f", input: { a: 1 } },
        { type: "tool_use", id: "u", name: "g", input: {} },
      ],
      stop_reason: "tool_use",
      usage: { input_tokens: 9, output_tokens: 30 },
    });
  });

  it("amount to a message with the text of an input that a token limit cut off", () => {
    const cut = events.filter((event) => event["index"] !== 2 || !JSON.stringify(event).includes("1}"));
    expect(messages.assemble?.(cut)).toMatchObject({ content: [{}, {}, { input: '{"a":' }, {}] });
  });

  it("have content in deltas with text, and in the beginning of blocks other than text and reasoning", () => {
    const found = events.filter((event) => messages.reads.contentLength(event) > 0);
    expect(found.map((event) => events.indexOf(event))).toEqual([3, 7, 8, 11, 13, 14, 16]);
  });

  it("can consist of a whole message in the first one", () => {
    const message = { id: "m", content: [{ type: "text", text: "Hi" }], stop_reason: "end_turn" };
    const whole = { type: "message_start", message };
    expect(messages.reads.contentLength(whole)).toBe(2);
    expect(messages.reads.choices(whole)?.map((one) => messages.reads.finishReason(one))).toEqual(["end_turn"]);
    expect(messages.assemble?.([whole, { type: "message_stop" }])).toEqual(message);
  });
});
