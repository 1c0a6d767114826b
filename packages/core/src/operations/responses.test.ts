import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json.js";
import { responses } from "./responses.js";

const image = { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "auto" };

describe("requests of Responses", () => {
  it.each<[string, JsonObject]>([
    ["input", { input: 5 }],
    ["input", { input: { role: "user", content: "hi" } }],
    ["input[1]", { input: [{ role: "user", content: "hi" }, "hi"] }],
  ])("name %s as the fault of %j", (path, request) => {
    const fault = responses.check?.(request);
    expect(fault?.path).toBe(path);
    expect(fault?.message).toContain(path);
  });

  it("may have a string, a list or nothing as input", () => {
    for (const input of ["hi", [{ role: "user", content: "hi" }], [], undefined])
      expect(responses.check?.({ input })).toBeUndefined();
  });

  it("need vision for images in messages and in the results of tools", () => {
    const vision = (item: JsonObject): string | undefined =>
      responses.needs.vision({ input: [{ role: "user" }, item] });
    expect(vision({ role: "user", content: [{}, image] })).toBe("input[1].content[1]");
    expect(vision({ type: "function_call_output", call_id: "c", output: [image] })).toBe("input[1].output[0]");
    const screenshot = { type: "computer_call_output", call_id: "c", output: { type: "computer_screenshot" } };
    expect(vision(screenshot)).toBe("input[1]");
    expect(vision({ role: "user", content: "image" })).toBeUndefined();
    expect(responses.needs.vision({ input: "image" })).toBeUndefined();
  });

  it("need tools and JSON schemas where they ask for them", () => {
    const { tools, jsonSchema } = responses.needs;
    expect([tools({ tools: [{ type: "function" }] }), tools({ tools: [] }), tools({ input: "x" })]).toEqual([
      "tools[0]",
      undefined,
      undefined,
    ]);
    expect(tools({ input: [{ type: "additional_tools", role: "developer", tools: [] }] })).toBe("input[0]");
    expect(jsonSchema({ text: { format: { type: "json_schema" } } })).toBe("text.format");
    expect(jsonSchema({ text: { format: { type: "text" } } })).toBeUndefined();
  });

  it("send strings as metadata, and keep the body if that is all", () => {
    const own = { project: "p" };
    expect(responses.vendorMetadata({ metadata: own })).toBe(own);
    expect(responses.vendorMetadata({ metadata: { ...own, tags: ["a"] } })).toEqual(own);
    expect(responses.vendorMetadata({ metadata: { tags: ["a"] } })).toBeUndefined();
  });
});

describe("the estimate of a Responses request", () => {
  const tokens = (item: JsonObject): number => responses.inputTokens({ input: [item] });
  const text = "a".repeat(4_000);
  const base64 = "A".repeat(80_000);

  it.each<[string, number, JsonObject]>([
    ["a message", 1_000, { role: "user", content: text }],
    ["a message of parts", 1_000, { type: "message", role: "user", content: [{ type: "input_text", text }] }],
    ["an image", 765, { role: "user", content: [image] }],
    ["a small image", 85, { role: "user", content: [{ ...image, detail: "low" }] }],
    ["a file", 1_000, { role: "user", content: [{ type: "input_file", filename: "a.pdf", file_data: base64 }] }],
    ["the result of a tool", 1_000, { type: "function_call_output", call_id: "c", output: text }],
    ["an image that a tool returned", 765, { type: "function_call_output", call_id: "c", output: [image] }],
    ["a screenshot", 765, { type: "computer_call_output", output: { type: "computer_screenshot", image_url: base64 } }],
    ["an image that was generated", 765, { type: "image_generation_call", id: "i", result: base64 }],
    ["the arguments of a call", 1_000, { type: "function_call", call_id: "c", name: "f", arguments: text }],
    ["a summary of reasoning", 1_000, { type: "reasoning", summary: [{ type: "summary_text", text }], content: null }],
  ])("counts %s as about %i tokens", (_, about, item) => {
    expect(tokens(item)).toBeGreaterThanOrEqual(about);
    expect(tokens(item)).toBeLessThan(about + 30);
  });

  it("includes the instructions, the tools and the schema", () => {
    const none = responses.inputTokens({ input: "hi" });
    const added = (more: JsonObject): number => responses.inputTokens({ input: "hi", ...more }) - none;
    expect(added({ instructions: text })).toBe(1_000);
    expect(added({ tools: [{ type: "function", name: "f", description: text }] })).toBeGreaterThan(1_000);
    expect(added({ text: { format: { type: "json_schema", schema: { description: text } } } })).toBeGreaterThan(1_000);
    expect(responses.inputTokens({ input: text })).toBe(1_003);
  });
});

describe("answers of Responses", () => {
  const { reads } = responses;
  const ending = (response: JsonObject): unknown => reads.choices(response)?.map((one) => reads.finishReason(one));

  it.each([
    [{ status: "completed" }, "completed"],
    [{ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } }, "max_output_tokens"],
    [{ status: "incomplete", incomplete_details: { reason: "content_filter" } }, "content_filter"],
    [{ status: "incomplete", incomplete_details: null }, "incomplete"],
    [{ status: "failed" }, "failed"],
    [{ status: "cancelled" }, "cancelled"],
    [{ status: "in_progress" }, undefined],
    [{ status: "queued" }, undefined],
  ])("with %j end with the word %s", (response, word) => {
    expect(ending(response)).toEqual([word]);
    expect(ending({ type: "response.completed", response })).toEqual([word]);
  });

  it("report cached and reasoning tokens", () => {
    const usage = {
      input_tokens: 8,
      input_tokens_details: { cached_tokens: 5, cache_write_tokens: 1 },
      output_tokens: 6,
      output_tokens_details: { reasoning_tokens: 4 },
      total_tokens: 14,
    };
    expect(reads.usage({ usage })).toEqual({
      prompt_tokens: 8,
      completion_tokens: 6,
      total_tokens: 14,
      prompt_tokens_details: usage.input_tokens_details,
      completion_tokens_details: usage.output_tokens_details,
    });
  });

  it("are empty if they only contain reasoning or empty text", () => {
    const empty = (...output: JsonObject[]): boolean => responses.empty({ output });
    const text = (value: string): JsonObject => ({ type: "message", content: [{ type: "output_text", text: value }] });
    expect(empty({ type: "reasoning", summary: [] }, text(""))).toBe(true);
    expect(empty(text("Hi"))).toBe(false);
    expect(empty({ type: "message", content: [{ type: "refusal", refusal: "No." }] })).toBe(false);
    expect(empty({ type: "function_call", name: "f", arguments: "{}" })).toBe(false);
  });

  it("have the text of all their messages, without refusals and reasoning", () => {
    const output = [
      { type: "reasoning", summary: [{ type: "summary_text", text: "Think." }] },
      {
        type: "message",
        content: [
          { type: "output_text", text: "One, " },
          { type: "refusal", refusal: "No." },
        ],
      },
      { type: "message", content: [{ type: "output_text", text: "two." }] },
    ];
    expect(reads.text({ output })).toBe("One, two.");
  });
});

describe("events of Responses", () => {
  it("have content in deltas, and in the beginning of items other than messages and reasoning", () => {
    const length = (event: JsonObject): number => responses.reads.contentLength(event);
    expect(length({ type: "response.output_text.delta", delta: "abc" })).toBe(3);
    expect(length({ type: "response.function_call_arguments.delta", delta: "" })).toBe(0);
    expect(length({ type: "response.output_item.added", item: { type: "message", content: [] } })).toBe(0);
    expect(length({ type: "response.output_item.added", item: { type: "reasoning", summary: [] } })).toBe(0);
    expect(length({ type: "response.output_item.added", item: { type: "function_call", name: "f" } })).toBe(1);
    expect(length({ type: "response.created", response: {} })).toBe(0);
  });

  it("amount to the response in the last one", () => {
    const response = { id: "r", status: "incomplete", output: [{ type: "message" }] };
    const events = [
      { type: "response.created", response: { id: "r" } },
      { type: "response.incomplete", response },
    ];
    expect(responses.assemble?.(events)).toBe(response);
    expect(responses.assemble?.([events[0] ?? {}])).toEqual({});
  });

  it("do not include failures", () => {
    const { isEvent } = responses.reads;
    expect([isEvent({ type: "response.failed" }), isEvent({ type: "error" }), isEvent({})]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("are simulated with consecutive numbers and in the order of a real stream", () => {
    const head = { id: "1", created: 2, model: "m" };
    const steps = [
      { text: "hel", index: 0, textSoFar: "hel" },
      { text: "lo", index: 1, textSoFar: "hello" },
      { index: 2, textSoFar: "hello" },
    ];
    const events = steps.flatMap((step) => responses.mock.events?.({ ...head, ...step }) ?? []);
    expect(events.map((event) => event["sequence_number"])).toEqual(events.map((_, index) => index));
    expect(events.map((event) => event["type"])).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
  });
});
