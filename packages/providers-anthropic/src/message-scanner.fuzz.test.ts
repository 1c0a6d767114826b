import { type JsonObject, RouterError, type Usage } from "@modelyard/core";
import { createProviderError, isJsonObject, operations, type StreamPart } from "@modelyard/core/kit";
import type { ScannedPart } from "@modelyard/provider-kit";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageScanner } from "./message-scanner.js";

const encoder = new TextEncoder();
const { contentLength } = operations.messages.reads;

function scanner(keepsEvents: boolean): MessageScanner {
  return new MessageScanner({
    provider: "anthropic",
    deploymentId: "d",
    keepsEvents,
    toError: (body) => createProviderError({ kind: "overloaded", provider: "anthropic", message: body }),
  });
}

/** The summary of a stream that is compared. */
interface Read {
  readonly chunks: unknown[];
  /** What is passed on. */
  text: string;
  content: number;
  finished: number;
  done: boolean;
  reason: string | undefined;
  output: number | undefined;
  failure: string | undefined;
}

const nothing = (): Read => ({
  chunks: [],
  text: "",
  content: 0,
  finished: 0,
  done: false,
  reason: undefined,
  output: undefined,
  failure: undefined,
});

/** What the scanner reads if the stream is cut into pieces at these places. */
function scan(bytes: Uint8Array, cuts: readonly number[]): Read {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  const read = nothing();
  const scanned = scanner(cuts.length % 2 === 0);
  const add = (part: StreamPart | undefined): void => {
    if (part === undefined || read.done) return;
    read.chunks.push(...part.chunks);
    // Each event that was kept is one of the parsed events.
    const { events } = part as ScannedPart;
    expect(events.map(({ data, value }) => value ?? (JSON.parse(data) as unknown))).toEqual(part.chunks);
    read.text += new TextDecoder("utf-8", { ignoreBOM: true }).decode(part.bytes);
    read.content += part.contentLength ?? 0;
    read.finished += part.finished;
    read.done ||= part.done;
    read.reason = part.finishReasons?.at(-1) ?? read.reason;
    read.output = part.usage?.completion_tokens ?? read.output;
    expect(part.content).toBe((part.contentLength ?? 0) > 0);
  };
  try {
    for (const [index, end] of places.slice(1).entries()) {
      if (read.done) break;
      add(scanned.push(bytes.slice(places[index], end)));
      for (let part = scanned.pending(); part !== undefined; part = scanned.pending()) add(part);
    }
    if (!read.done) add(scanned.flush());
  } catch (thrown) {
    if (!RouterError.isInstance(thrown)) throw thrown;
    read.failure = thrown.kind;
  }
  return read;
}

type Summary = Omit<Read, "text">;

function summary(read: Read): { -readonly [Key in keyof Summary]: Summary[Key] } {
  return { ...read, text: undefined } as Summary;
}

/** What an independent event parser and `JSON.parse` read. */
function reference(bytes: Uint8Array): Summary {
  const events: { readonly event: string | undefined; readonly data: string }[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => void events.push({ event, data }) });
  parser.feed(new TextDecoder().decode(bytes));
  const read = summary(nothing());
  let ended = false;
  for (const { event, data } of events) {
    if (data === "" || data === "[DONE]") continue;
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      value = undefined;
    }
    if (event === "error") return { ...read, failure: "overloaded" };
    if (!isJsonObject(value)) return { ...read, failure: "invalid_response" };
    if (value["type"] === "error") return { ...read, failure: "overloaded" };
    read.chunks.push(value);
    const length = contentLength(value);
    read.content += length;
    if (length > 0) ended = false;
    const message = (value["message"] ?? value["delta"] ?? {}) as JsonObject;
    if (typeof message["stop_reason"] === "string") {
      ended = true;
      read.reason = message["stop_reason"];
    }
    const usage = (message["usage"] ?? value["usage"]) as { output_tokens?: number; input_tokens?: number } | undefined;
    if (usage !== undefined) read.output = (usage as Partial<Usage>)["output_tokens"] as number;
    read.finished = ended ? 1 : 0;
    if (value["type"] === "message_stop") {
      read.done = true;
      break;
    }
  }
  return read;
}

/** Texts that models write, and hostile ones. */
const contents = fc.oneof(
  fc.constantFrom(
    "Hello",
    " world",
    "日本",
    "🙂",
    'say "hi"',
    "a\\b",
    "line\nline",
    "",
    '","text":"',
    '"}}',
    "data: x",
    '{"path":"C:\\\\x","n":',
    '"}   }\n\nevent: error',
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);

const start = {
  type: "message_start",
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    stop_reason: null,
    usage: { input_tokens: 9, output_tokens: 1 },
  },
};
const delta = (fields: JsonObject): JsonObject => ({ type: "content_block_delta", index: 0, delta: fields });
const ends = (reason: string, output: number): JsonObject => ({
  type: "message_delta",
  delta: { stop_reason: reason, stop_sequence: null },
  usage: { output_tokens: output },
});

const value: fc.Arbitrary<JsonObject> = fc.oneof(
  { weight: 8, arbitrary: contents.map((text) => delta({ type: "text_delta", text })) },
  { weight: 5, arbitrary: contents.map((json) => delta({ type: "input_json_delta", partial_json: json })) },
  { weight: 3, arbitrary: contents.map((thinking) => delta({ type: "thinking_delta", thinking })) },
  { weight: 1, arbitrary: contents.map((signature) => delta({ type: "signature_delta", signature })) },
  { weight: 1, arbitrary: contents.map((text) => ({ index: 0, ...delta({ text, type: "text_delta" }) })) },
  { weight: 1, arbitrary: contents.map((text) => delta({ type: "text_delta", text, citations: [text] })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<JsonObject>(
      { type: "ping" },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_start", index: 1, content_block: { type: "tool_use", id: "t", name: "f", input: {} } },
      { type: "content_block_stop", index: 0 },
      { type: "new_event", own: 1 },
      start,
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("end_turn", "tool_use", "max_tokens", "refusal", "odd"), fc.nat({ max: 99 }))
      .map(([reason, output]) => ends(reason, output)),
  },
);

const spaces = fc.nat({ max: 8 }).map((count) => " ".repeat(count));
/** A JSON text as Anthropic writes it: with a random number of spaces before the last brace. */
const padded = fc.tuple(value, spaces).map(([event, padding]) => JSON.stringify(event).replace(/\}$/u, `${padding}}`));
const spaced = value.map((event) => JSON.stringify(event).replaceAll('":', '": ').replaceAll(',"', ', "'));
const named = (data: fc.Arbitrary<string>) =>
  data.map((text) => [`event: ${String((JSON.parse(text) as JsonObject)["type"])}`, `data: ${text}`]);
/** The lines of one event that is passed on as it is. */
const usual = fc.oneof(
  { weight: 8, arbitrary: named(padded) },
  { weight: 2, arbitrary: named(spaced) },
  { weight: 1, arbitrary: padded.map((text) => [`data: ${text}`]) },
  { weight: 1, arbitrary: padded.map((text) => [`data:${text}`, "id: 3"]) },
  { weight: 1, arbitrary: fc.constantFrom([": comment"], [":"]) },
);
const odd = fc.oneof(
  { weight: 8, arbitrary: usual },
  {
    weight: 1,
    arbitrary: value.map((event) =>
      JSON.stringify(event, null, 1)
        .split("\n")
        .map((line) => `data: ${line}`),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(["event: ping"], ["data:"], ["data: [DONE]"], ["nonsense"]) },
);
const failing = fc.oneof(
  { weight: 6, arbitrary: usual },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ["event: error", 'data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'],
      ['data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'],
      ["event: error", "data: words"],
      ["data: {half"],
      ["data: []"],
      [
        "event: content_block_delta",
        String.raw`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\q"}}`,
      ],
    ),
  },
);

const stop = ["event: message_stop", 'data: {"type":"message_stop"}'];

function streamOf(
  events: fc.Arbitrary<readonly string[]>,
  lineEnd: fc.Arbitrary<string> = fc.constant("\n"),
): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.array(events, { maxLength: 14 }), lineEnd, fc.boolean()).map(([list, end, stops]) => {
    const lines = [...list, ...(stops ? [stop] : [])].flatMap((item) => [...item, ""]);
    const text = lines.map((line) => line + end).join("");
    // A carriage return is only known to be a whole line break by what follows it.
    return encoder.encode(end === "\r" ? `${text}: end\n` : text);
  });
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });
const lineEnds = fc.constantFrom("\n", "\r\n", "\r");

describe("MessageScanner, fuzzed", () => {
  it("passes every byte on, and reads the same as a reference parser, however the bytes are split", () => {
    fc.assert(
      fc.property(streamOf(usual), cuts, (bytes, places) => {
        const read = scan(bytes, places);
        expect(read.text).toBe(new TextDecoder().decode(bytes));
        expect(summary(read)).toEqual(reference(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it("reads unusual lines and line ends like a reference parser", () => {
    fc.assert(
      fc.property(streamOf(odd, lineEnds), cuts, (bytes, places) => {
        expect(summary(scan(bytes, places))).toEqual(reference(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it("fails where the reference parser fails, after the same parts", () => {
    fc.assert(
      fc.property(streamOf(failing), cuts, (bytes, places) => {
        expect(summary(scan(bytes, places))).toEqual(reference(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it("reads a stream alike wherever its bytes are cut, at any single place and at all of them", () => {
    const [first, last] = [{ ...start, own: "日🙂" }, ends("tool_use", 40)];
    const texts = [`Hel`, "lo", "日本 🙂", 'with "quotes" and \\'].map((text) => delta({ type: "text_delta", text }));
    const input = ['{"a":', '"b\\n"}'].map((json) => delta({ type: "input_json_delta", partial_json: json }));
    const events = [first, { type: "ping" }, ...texts, ...input, last, { type: "message_stop" }];
    const text = events.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`).join("");
    const bytes = encoder.encode(text);
    const whole = scan(bytes, []);
    expect(whole).toMatchObject({ text, finished: 1, done: true, reason: "tool_use", output: 40 });
    for (let at = 1; at < bytes.length; at += 1) expect([at, scan(bytes, [at])]).toEqual([at, whole]);
    expect(
      scan(
        bytes,
        Array.from({ length: bytes.length }, (_, at) => at),
      ),
    ).toEqual(whole);
  });
});
