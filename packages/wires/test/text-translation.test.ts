// Text to text is the same as event by event, for any stream.
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  chat,
  type HubEvent,
  messages,
  responses,
  StreamTranslation,
  TextTranslation,
  ToolNames,
  type WireEvent,
  type WireName,
} from "../src/index.js";
import type { JsonObject } from "../src/json.js";

const wires = { chat, responses, messages };
const names = ["chat", "responses", "messages"] as const;
const crossings = names.flatMap((from) => names.map((to) => ({ from, to })));

function crossing(from: WireName, to: WireName) {
  const answerer = { vendor: "vendor" };
  return { from: wires[from], to: wires[to], names: new ToolNames(), answerer, caller: { now: 1, request: {} } };
}

function eventByEvent(from: WireName, to: WireName, data: readonly string[]): string {
  const stream = new StreamTranslation(crossing(from, to));
  const events = data.flatMap((text) => stream.read(text === "[DONE]" ? text : (JSON.parse(text) as WireEvent)));
  return [...events, ...stream.end()].map((event) => printed(to, event)).join("");
}

function printed(to: WireName, event: WireEvent): string {
  if (event === "[DONE]") return "data: [DONE]\n\n";
  const name = to === "chat" ? "" : `event: ${String(event["type"])}\n`;
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}

function textToText(from: WireName, to: WireName, data: readonly string[]): string {
  const stream = new TextTranslation(crossing(from, to));
  return data.map((text) => stream.read(text)).join("") + stream.end();
}

/** Events of a stream in which pieces of text come with others between them. */
const streams: Record<WireName, (pieces: readonly string[]) => readonly string[]> = {
  chat: (pieces) => {
    const chunk = (delta: JsonObject, index = 0, finish: string | null = null): string =>
      JSON.stringify({ id: "c", model: "m", choices: [{ index, delta, finish_reason: finish }], obfuscation: "aB3" });
    const texts = pieces.flatMap((piece, index) => [
      chunk({ content: piece }),
      ...(index % 7 === 3 ? [chunk({ content: piece }, 1)] : []),
      ...(index % 11 === 5 ? [chunk({ reasoning_content: piece }), chunk({ reasoning_content: `${piece}x` })] : []),
    ]);
    return [...texts, chunk({}, 0, "stop"), chunk({}, 1, "stop"), "[DONE]"];
  },
  messages: (pieces) => {
    const event = (type: string, fields: JsonObject): string => JSON.stringify({ type, ...fields });
    const usage = { input_tokens: 1, output_tokens: 1 };
    const texts = pieces.flatMap((piece, index) => [
      event("content_block_delta", { index: 0, delta: { type: "text_delta", text: piece } }),
      ...(index % 5 === 2 ? [event("ping", {})] : []),
    ]);
    return [
      event("message_start", { message: { id: "m", model: "m", content: [], usage } }),
      event("content_block_start", { index: 7, content_block: { type: "thinking", thinking: "", signature: "" } }),
      ...pieces.map((thinking) =>
        event("content_block_delta", { index: 7, delta: { type: "thinking_delta", thinking } }),
      ),
      event("content_block_delta", { index: 7, delta: { type: "signature_delta", signature: "S" } }),
      event("content_block_stop", { index: 7 }),
      event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
      ...texts,
      event("content_block_stop", { index: 0 }),
      event("message_delta", { delta: { stop_reason: "end_turn" }, usage }),
      event("message_stop", {}),
    ];
  },
  responses: (pieces) => {
    let sequence_number = 0;
    const event = (type: string, fields: JsonObject): string => {
      sequence_number += 1;
      return JSON.stringify({ type, sequence_number, ...fields });
    };
    const item = { type: "message", id: "msg_1", role: "assistant", content: [] };
    const place = { item_id: "msg_1", output_index: 0, content_index: 0 };
    const padding = (piece: string): string => "x".repeat(16 - (piece.length % 16));
    return [
      event("response.created", { response: { id: "resp_1", model: "m" } }),
      event("response.output_item.added", { output_index: 1, item: { type: "reasoning", id: "rs_1", summary: [] } }),
      ...pieces.map((delta, index) => {
        const summary_index = index % 9 === 8 ? 1 : 0;
        return event("response.reasoning_summary_text.delta", {
          item_id: "rs_1",
          output_index: 1,
          summary_index,
          delta,
        });
      }),
      event("response.output_item.done", { output_index: 1, item: { type: "reasoning", id: "rs_1", summary: [] } }),
      event("response.output_item.added", { output_index: 0, item }),
      ...pieces.flatMap((delta) => [
        event("response.output_text.delta", { ...place, delta, logprobs: [], obfuscation: padding(delta) }),
      ]),
      event("response.output_item.done", {
        output_index: 0,
        item: { ...item, content: [{ type: "output_text", text: pieces.join("") }] },
      }),
      event("response.completed", { response: { id: "resp_1", model: "m", status: "completed", output: [] } }),
    ];
  },
};

/** Words that stand elsewhere in events, characters that JSON escapes, and ordinary pieces. */
const piece = fc.oneof(
  fc.constantFrom(
    "m",
    "c",
    "logprobs",
    "usage",
    "content",
    "delta",
    "text",
    "msg_1",
    "",
    '"',
    "\\",
    "\n",
    "é",
    "😀",
    "\u2028",
  ),
  fc.constantFrom('","delta":"', '"}', "sequence_number", "text_delta", "x", "aB3", "obfuscation"),
  fc.string({ maxLength: 12, unit: "grapheme" }),
  fc.string({ maxLength: 12, unit: "binary" }),
);

/** The ways in which vendors write the same events. */
const writings: Readonly<Record<string, (data: string) => string>> = {
  "fields in the order of the alphabet, and the number last": (data) =>
    rewritten(data, ({ sequence_number: number, ...event }) =>
      JSON.stringify({ ...sorted(event), ...(number === undefined ? {} : { sequence_number: number }) }),
    ),
  "the type last": (data) => rewritten(data, ({ type, ...event }) => JSON.stringify({ ...event, type })),
  "spaces before the last brace": (data) =>
    rewritten(data, (event) => JSON.stringify(event).replace(/\}$/u, `${" ".repeat(data.length % 5)}}`)),
  "spaces after colons": (data) => rewritten(data, (event) => JSON.stringify(event, null, 1).replaceAll(/\n */gu, " ")),
  "escapes for all letters outside of ASCII": (data) =>
    rewritten(data, (event) =>
      JSON.stringify(event).replaceAll(
        /[\u0080-\uFFFF]/gu,
        (letter) => String.raw`\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
    ),
};

function rewritten(data: string, write: (event: JsonObject) => string): string {
  return data === "[DONE]" ? data : write(JSON.parse(data) as JsonObject);
}

function sorted(value: unknown): JsonObject {
  const isObject = (field: unknown): field is JsonObject =>
    typeof field === "object" && field !== null && !Array.isArray(field);
  return Object.fromEntries(
    Object.entries(value as JsonObject)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, field]) => [name, isObject(field) ? sorted(field) : field]),
  );
}

/** The data of printed events, parsed: a text may be escaped in the vendor's way. */
function meanings(printedEvents: string): readonly unknown[] {
  return printedEvents
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice("data: ".length)) as unknown);
}

const styles = crossings.flatMap((crossed) => Object.keys(writings).map((style) => ({ ...crossed, style })));

describe("a translation of text to text", () => {
  it.each(styles)("from $from to $to says what it says event by event, from a vendor that writes $style", (given) => {
    const { from, to, style } = given;
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 30 }), (pieces) => {
        const data = streams[from](pieces).map((event) => writings[style]!(event));
        expect(meanings(textToText(from, to, data))).toEqual(meanings(eventByEvent(from, to, data)));
      }),
      { numRuns: 30 },
    );
  });

  it.each(styles)(
    "from $from to $to parses only the first of many pieces, from a vendor that writes $style",
    (given) => {
      const { from, to, style } = given;
      const pieces = Array.from({ length: 100 }, (_, index) => `word ${String(index)} `);
      const data = streams[from](pieces)
        .filter((text) => !text.includes("ping") && !text.includes("reasoning_content") && !text.includes('"index":1'))
        .filter((text) => !text.includes('"summary_index":1'))
        .map((event) => writings[style]!(event));
      const parse = vi.spyOn(JSON, "parse");
      const stringify = vi.spyOn(JSON, "stringify");
      textToText(from, to, data);
      const calls = { parses: parse.mock.calls.length, stringifies: stringify.mock.calls.length };
      parse.mockRestore();
      stringify.mockRestore();
      expect(calls.parses).toBeLessThan(20);
      expect(calls.stringifies).toBeLessThan(40);
    },
  );

  it("asks about each event that it prints whole, and does not print those that are refused", () => {
    const seen: WireEvent[] = [];
    const stream = new TextTranslation(crossing("chat", "chat"), (event) => {
      seen.push(event);
      return event !== "[DONE]";
    });
    const text =
      streams
        .chat(["a", "b", "c"])
        .map((data) => stream.read(data))
        .join("") + stream.end();
    expect(text).toContain('"content":"c"');
    expect(text).not.toContain("[DONE]");
    expect(seen.at(-1)).toBe("[DONE]");
    expect(JSON.stringify(seen)).not.toContain('"content":"c"');
  });

  it.each(crossings)("from $from to $to says what it says event by event", ({ from, to }) => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 40 }), (pieces) => {
        const data = streams[from](pieces);
        expect(textToText(from, to, data)).toBe(eventByEvent(from, to, data));
      }),
      { numRuns: 60 },
    );
  });

  it.each(crossings)("from $from to $to parses only the first of many pieces", ({ from, to }) => {
    const parse = vi.spyOn(JSON, "parse");
    const data = streams[from](Array.from({ length: 100 }, (_, index) => `word ${String(index)}`)).filter(
      (text) => !text.includes("ping") && !text.includes("reasoning_content") && !text.includes('"index":1'),
    );
    textToText(from, to, data);
    expect(parse.mock.calls.length).toBeLessThan(40);
    parse.mockRestore();
  });

  it("fails for an event that is not JSON", () => {
    const stream = new TextTranslation(crossing("chat", "messages"));
    expect(() => stream.read("{")).toThrow("an event that is not a JSON object");
    expect(stream.fail({ kind: "invalid_response", message: "Broken." })).toContain("event: error\n");
  });

  it("tells what the events mean", () => {
    const seen: HubEvent[] = [];
    const observe = (event: HubEvent): void => {
      seen.push(event);
    };
    const stream = new TextTranslation({ ...crossing("chat", "messages"), observe });
    for (const text of streams.chat(["a", "b", "c"])) stream.read(text);
    expect(
      seen.flatMap((event) => (event.type === "delta" && event.delta.kind === "text" ? [event.delta.text] : [])),
    ).toEqual(["a", "b", "c"]);
    expect(seen.at(-1)?.type).toBe("end");
  });
});
