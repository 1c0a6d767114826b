import type { JsonObject } from "@modelyard/core";
import { operations, type StreamPart } from "@modelyard/core/kit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ResponsesScanner } from "./responses-scanner.js";

afterEach(() => {
  vi.restoreAllMocks();
});

const scanner = (): ResponsesScanner =>
  new ResponsesScanner({ provider: "p", deploymentId: "d", toError: (body) => new Error(body) });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (part: StreamPart | undefined): string => new TextDecoder().decode(part?.bytes);

const sse = (value: JsonObject): string => `event: ${String(value["type"])}\ndata: ${JSON.stringify(value)}\n\n`;
const created = sse({ type: "response.created", response: { id: "r", status: "in_progress", output: [] } });
/** In the order in which OpenAI writes the fields. */
const delta = (text: string, number: number, obfuscation = "x".repeat(number % 7)): string =>
  sse({
    type: "response.output_text.delta",
    sequence_number: number,
    item_id: "m",
    output_index: 0,
    content_index: 0,
    delta: text,
    logprobs: [],
    obfuscation,
  });
const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5 };
const last = (type: string, response: object): string => sse({ type, response, sequence_number: 99 });
const done = last("response.completed", { status: "completed", usage });

describe("ResponsesScanner", () => {
  it("reads content, the end and the usage, and returns the bytes that came", () => {
    const scanned = scanner();
    expect(scanned.push(bytes(created))).toMatchObject({ content: false, finished: 0, done: false });
    expect(scanned.push(bytes(delta("Hel", 1) + delta("lo", 2)))).toMatchObject({ contentLength: 5, done: false });
    const part = scanned.push(bytes(done));
    expect(part).toMatchObject({ content: false, finished: 1, finishReasons: ["completed"], done: true });
    expect(part?.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 });
    expect(textOf(part)).toBe(done);
  });

  it("is done without [DONE], and omits whatever follows the last event", () => {
    const part = scanner().push(bytes(`${created}${delta("a", 1)}${done}data: [DONE]\n\n`));
    expect([part?.done, textOf(part)]).toEqual([true, created + delta("a", 1) + done]);
  });

  it("is done by a last event without an empty line after it, if the event is whole", () => {
    const scanned = scanner();
    scanned.push(bytes(created));
    expect(scanned.push(bytes(done.trimEnd()))).toBeUndefined();
    expect(scanned.flush()).toMatchObject({ finished: 1, done: true });
    const half = scanner();
    half.push(bytes(done.slice(0, -9)));
    expect(half.flush()).toBeUndefined();
  });

  it.each([
    [
      "max_output_tokens",
      "response.incomplete",
      { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } },
    ],
    [
      "content_filter",
      "response.incomplete",
      { status: "incomplete", incomplete_details: { reason: "content_filter" } },
    ],
    ["cancelled", "response.cancelled", { status: "cancelled" }],
    ["completed", "response.completed", {}],
  ])("reads the finish reason %s", (reason, type, response) => {
    expect(scanner().push(bytes(last(type, response)))).toMatchObject({ finishReasons: [reason], done: true });
  });

  it("returns an end that may be a failure as a separate part, after the events before it", () => {
    const scanned = scanner();
    const end = last("response.cancelled", { status: "cancelled" });
    expect(textOf(scanned.push(bytes(delta("a", 1) + end)))).toBe(delta("a", 1));
    const part = scanned.pending();
    expect([textOf(part), part?.finishReasons, part?.done]).toEqual([end, ["cancelled"], true]);
  });

  it.each([
    ["a nested error", '{"type":"error","error":{"message":"broke","code":"server_error"}}'],
    ["a flat error", '{"type":"error","message":"broke","code":"server_error","param":null}'],
    ["an error without a type", '{"error":{"message":"broke"}}'],
    ["a failed response", '{"type":"response.failed","response":{"error":{"message":"broke"}}}'],
    ["a completed response with an error", '{"type":"response.completed","response":{"error":{"message":"broke"}}}'],
  ])("fails with %s, after the events that came with it", (_, data) => {
    expect(() => scanner().push(bytes(`data: ${data}\n\n`))).toThrow("broke");
    const scanned = scanner();
    expect(textOf(scanned.push(bytes(`${created}${delta("a", 1)}event: x\ndata: ${data}\n\n`)))).toBe(
      created + delta("a", 1),
    );
    expect(() => scanned.pending()).toThrow("broke");
  });

  it("fails with an event that is named an error, whatever its data are", () => {
    expect(() => scanner().push(bytes('event: error\ndata: {"message":"broke"}\n\n'))).toThrow("broke");
  });

  it("names a failure without a reason after its code", () => {
    expect(() => scanner().push(bytes(last("response.failed", { error: null })))).toThrow("server_error");
  });

  it.each([
    ["the beginning of a call", { type: "response.output_item.added", item: { type: "function_call" } }, true],
    ["the beginning of a message", { type: "response.output_item.added", item: { type: "message" } }, false],
    ["a piece of arguments", { type: "response.function_call_arguments.delta", delta: "{" }, true],
    ["a piece of reasoning", { type: "response.reasoning_summary_text.delta", delta: "Hm" }, true],
    ["an unknown event", { type: "response.vendor_news", news: "none" }, false],
  ])("counts %s as content only if it is", (_, value, content) => {
    expect(scanner().push(bytes(sse(value)))?.content).toBe(content);
  });

  it.each([
    ["in OpenAI's order", delta],
    [
      "with the number last",
      (text: string, number: number) =>
        `data: {"type":"response.output_text.delta","delta":"${text}","sequence_number":${String(number)}}\n\n`,
    ],
    [
      "with spaces",
      (text: string, number: number) =>
        `data: {"type": "response.output_text.delta", "sequence_number": ${String(number)}, "delta": "${text}"}\n\n`,
    ],
  ])("does not parse the deltas of one block, apart from the first: %s", (_, write) => {
    const parse = vi.spyOn(JSON, "parse");
    const scanned = scanner();
    let length = 0;
    for (let number = 1; number <= 200; number += 1)
      length += scanned.push(bytes(write("word", number)))?.contentLength ?? 0;
    expect([length, parse.mock.calls.length]).toEqual([800, 1]);
  });

  it("reads the same at every boundary at which a stream may be split, and returns the same bytes", () => {
    const stream = bytes(
      created + delta("naïve", 1) + delta("日本 🙂", 2) + delta('say "hi"\n', 3) + delta("end", 10) + done,
    );
    const read = (cut: number): readonly unknown[] => {
      const scanned = scanner();
      const parts = [scanned.push(stream.slice(0, cut)), scanned.push(stream.slice(cut))].filter(
        (part) => part !== undefined,
      );
      const sum = (of: (part: StreamPart) => number): number => parts.reduce((total, part) => total + of(part), 0);
      return [
        parts.map(textOf).join(""),
        sum((part) => part.contentLength ?? 0),
        sum(({ finished }) => finished),
        parts.at(-1)?.done,
      ];
    };
    for (let cut = 0; cut < stream.length; cut += 1)
      expect(read(cut)).toEqual([new TextDecoder().decode(stream), 5 + 5 + 9 + 3, 1, true]);
  });

  it("measures content as the table of operations does", () => {
    const scanned = scanner();
    for (const text of ["plain", 'with "quotes"', "with\nlines", "日本", "🙂"]) {
      const part = scanned.push(bytes(delta(text, 1)));
      const [event] = part?.chunks ?? [];
      expect(part?.contentLength).toBe(operations.responses.reads.contentLength(event as never));
    }
  });
});
