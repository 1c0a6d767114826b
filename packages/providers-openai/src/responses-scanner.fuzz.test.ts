import { RouterError } from "@modelyard/core";
import { createProviderError, isJsonObject, operations, type StreamPart } from "@modelyard/core/kit";
import type { ScannedPart } from "@modelyard/provider-kit";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ResponsesScanner } from "./responses-scanner.js";

const { reads } = operations.responses;
const encoder = new TextEncoder();

interface Read {
  readonly chunks: unknown[];
  content: number;
  reasons: readonly string[];
  finished: number;
  done: boolean;
  usage: unknown;
  failure: string | undefined;
}

function nothing(): Read {
  return { chunks: [], content: 0, reasons: [], finished: 0, done: false, usage: undefined, failure: undefined };
}

/** What the scanner reads if the stream is cut into pieces at these places. */
function scan(bytes: Uint8Array, cuts: readonly number[]): Read {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  const toError = (body: string): Error =>
    createProviderError({ kind: "api_error", provider: "openai", message: body });
  const scanned = new ResponsesScanner({
    provider: "openai",
    deploymentId: "d",
    toError,
    keepsEvents: cuts.length % 2 === 0,
  });
  const read = nothing();
  let sent = "";
  const add = (part: StreamPart | undefined): void => {
    if (part === undefined || read.done) return;
    sent += new TextDecoder().decode(part.bytes);
    read.chunks.push(...part.chunks);
    // Each event that was kept is one of the parsed events.
    const { events } = part as ScannedPart;
    expect(events.map(({ data, value }) => value ?? (JSON.parse(data) as unknown))).toEqual(part.chunks);
    read.content += part.contentLength ?? 0;
    read.reasons = [...read.reasons, ...(part.finishReasons ?? [])];
    read.finished += part.finished;
    read.done ||= part.done;
    read.usage = part.usage ?? read.usage;
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
  // The bytes that are passed on contain the same events.
  const events: unknown[] = [];
  const parser = createParser({ onEvent: ({ data }) => void (data === "" || events.push(JSON.parse(data))) });
  parser.feed(sent);
  expect(events).toEqual(read.chunks);
  return read;
}

/** What an independent event parser, `JSON.parse` and the table of operations read. */
function reference(bytes: Uint8Array): Read {
  const events: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => void events.push(data) });
  parser.feed(new TextDecoder().decode(bytes));
  const read = nothing();
  for (const data of events.filter((event) => event !== "")) {
    if (data === "[DONE]") return { ...read, done: true };
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      value = undefined;
    }
    if (!isJsonObject(value)) return { ...read, failure: "invalid_response" };
    const { type, response } = value;
    const inner = isJsonObject(response) ? response : {};
    if (type === "error" || type === "response.failed" || value["error"] != null)
      return { ...read, failure: "api_error" };
    read.chunks.push(value);
    if (type === "response.completed" || type === "response.incomplete")
      return {
        ...read,
        reasons: [String(reads.finishReason(inner))],
        finished: 1,
        done: true,
        usage: reads.usage(value),
      };
    read.content += reads.contentLength(value);
  }
  return read;
}

const texts = fc.oneof(
  fc.constantFrom(
    "Hello",
    " world",
    "日本",
    "🙂",
    'say "hi"',
    "a\\b",
    "line\nline",
    "",
    '","delta":"',
    '"}',
    "data: x",
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const place = { item_id: "m", output_index: 0, content_index: 0 };
const kinds = fc.constantFrom(
  "response.output_text.delta",
  "response.function_call_arguments.delta",
  "response.reasoning_summary_text.delta",
);

/** The value of one event. Hosts write the fields of deltas in several orders. */
const value = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(kinds, texts, fc.nat({ max: 120 }), fc.string({ maxLength: 4 }))
      .map(([type, delta, number, obfuscation]) => ({
        type,
        sequence_number: number,
        ...place,
        delta,
        logprobs: [],
        obfuscation,
      })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(kinds, texts, fc.nat())
      .map(([type, delta, number]) => ({ delta, ...place, type, sequence_number: number })),
  },
  { weight: 1, arbitrary: texts.map((text) => ({ type: "response.output_text.done", text })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("message", "function_call")
      .map((type) => ({ type: "response.output_item.added", item: { type } })),
  },
  { weight: 1, arbitrary: fc.constant({ type: "response.in_progress", response: { status: "in_progress" } }) },
);
const ending = fc.constantFrom(
  { type: "response.completed", response: { status: "completed", usage: { input_tokens: 1, output_tokens: 2 } } },
  { type: "response.incomplete", response: { status: "incomplete", incomplete_details: { reason: "content_filter" } } },
  { type: "response.failed", response: { status: "failed", error: { code: "server_error", message: "broke" } } },
  { type: "error", message: "broke" },
);

/** The lines of one event, written as a host may. */
function written(values: fc.Arbitrary<{ readonly type: string }>): fc.Arbitrary<readonly string[]> {
  return fc.oneof(
    { weight: 8, arbitrary: values.map((one) => [`event: ${one.type}`, `data: ${JSON.stringify(one)}`]) },
    { weight: 3, arbitrary: values.map((one) => [`data: ${JSON.stringify(one)}`]) },
    { weight: 1, arbitrary: values.map((one) => [`data: ${JSON.stringify(one)}`, `event: ${one.type}`]) },
    { weight: 1, arbitrary: values.map((one) => [`data: ${JSON.stringify(one).replaceAll('":', '": ')}`]) },
    { weight: 1, arbitrary: fc.constantFrom([": comment"], ["event: ping"], ["data:"], ["id: 7"]) },
  );
}

const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
const stream = fc
  .tuple(fc.array(written(value), { maxLength: 14 }), fc.option(written(ending)), lineEnd, fc.boolean())
  .map(([events, last, end, marked]) => {
    const all = [...events, ...(last === null ? [] : [last]), ...(marked ? [["data: [DONE]"]] : [])];
    const text = all
      .flatMap((lines) => [...lines, ""])
      .map((line) => line + end)
      .join("");
    return encoder.encode(end === "\r" ? `${text}: end\n` : text);
  });
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe("ResponsesScanner, fuzzed", () => {
  it("reads the same as a reference parser, however the bytes are split", () => {
    fc.assert(
      fc.property(stream, cuts, (bytes, places) => {
        expect(scan(bytes, places)).toEqual(reference(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it("reads damaged bytes alike in one piece and in many, and throws only its own errors", () => {
    const damaged = fc.tuple(stream, fc.nat(), fc.nat({ max: 255 })).map(([good, at, byte]) => {
      const changed = Uint8Array.from(good);
      if (changed.length > 0) changed[at % changed.length] = byte;
      return changed;
    });
    fc.assert(
      fc.property(damaged, cuts, (bytes, places) => {
        expect(scan(bytes, places)).toEqual(scan(bytes, []));
      }),
      { numRuns: 1_000 },
    );
  });
});
