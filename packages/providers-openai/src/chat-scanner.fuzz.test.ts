import { RouterError } from "@modelyard/core";
import { createProviderError, isJsonObject, type StreamPart } from "@modelyard/core/kit";
import type { ScannedPart } from "@modelyard/provider-kit";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChatScanner } from "./chat-scanner.js";

const encoder = new TextEncoder();

function scanner(keepsEvents: boolean): ChatScanner {
  return new ChatScanner({
    provider: "openai",
    deploymentId: "d",
    keepsEvents,
    hideUsage: false,
    toError: (body) => createProviderError({ kind: "api_error", provider: "openai", message: body }),
  });
}

/** The summary of a stream that is compared. */
interface Read {
  readonly chunks: unknown[];
  content: boolean;
  finished: number;
  done: boolean;
  usage: unknown;
  failure: string | undefined;
}

const nothing = (): Read => ({
  chunks: [],
  content: false,
  finished: 0,
  done: false,
  usage: undefined,
  failure: undefined,
});

/** What the scanner reads if the stream is cut into pieces at these places. */
function scan(bytes: Uint8Array, cuts: readonly number[]): Read {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  const pieces = places.slice(1).map((end, index) => bytes.slice(places[index], end));
  const read = nothing();
  const scanned = scanner(cuts.length % 2 === 0);
  const add = (part: StreamPart | undefined): void => {
    if (part === undefined || read.done) return;
    read.chunks.push(...part.chunks);
    // Each event that was kept is one of the parsed events.
    const { events } = part as ScannedPart;
    expect(events.map(({ data, value }) => value ?? (JSON.parse(data) as unknown))).toEqual(part.chunks);
    read.content ||= part.content;
    read.finished += part.finished;
    read.done ||= part.done;
    read.usage = part.usage ?? read.usage;
    expect(part.content).toBe((part.contentLength ?? 0) > 0);
  };
  try {
    for (const piece of pieces) {
      if (read.done) break;
      add(scanned.push(piece));
      for (let part = scanned.pending(); part !== undefined; part = scanned.pending()) add(part);
    }
    if (!read.done) add(scanned.flush());
  } catch (thrown) {
    if (!RouterError.isInstance(thrown)) throw thrown;
    read.failure = thrown.kind;
  }
  return read;
}

/** What an independent event parser and `JSON.parse` read. */
function reference(bytes: Uint8Array): Read {
  const events: string[] = [];
  const parser = createParser({ onEvent: (event) => void events.push(event.data) });
  parser.feed(new TextDecoder().decode(bytes));
  const read = nothing();
  const ended = new Set<number>();
  for (const data of events.filter((event) => event !== "")) {
    if (data === "[DONE]") {
      read.done = true;
      break;
    }
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      value = undefined;
    }
    if (!isJsonObject(value)) return { ...read, failure: "invalid_response" };
    if (value["error"] != null) return { ...read, failure: "api_error" };
    read.chunks.push(value);
    for (const choice of (value["choices"] ?? []) as {
      index?: number;
      delta?: { content?: string };
      finish_reason?: string | null;
    }[]) {
      const says = (choice.delta?.content ?? "") !== "";
      read.content ||= says;
      if (says) ended.delete(choice.index ?? 0);
      if (choice.finish_reason != null) ended.add(choice.index ?? 0);
      read.finished = ended.size;
    }
    read.usage = value["usage"] ?? read.usage;
  }
  return read;
}

const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m" };
const chunk = (delta: object, more: object = {}) => ({
  ...head,
  choices: [{ index: 0, delta, finish_reason: null, ...more }],
});

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
    '","content":"',
    '"}}]}',
    "data: x",
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);

/** The data of one event. */
const data = fc.oneof(
  { weight: 12, arbitrary: contents.map((content) => JSON.stringify(chunk({ content }))) },
  { weight: 3, arbitrary: contents.map((content) => JSON.stringify(chunk({ content })).replaceAll('":', '": ')) },
  { weight: 2, arbitrary: contents.map((content) => JSON.stringify({ choices: [{ delta: { content } }], ...head })) },
  { weight: 1, arbitrary: fc.constant(JSON.stringify(chunk({ role: "assistant", content: "" }))) },
  { weight: 1, arbitrary: fc.constant(JSON.stringify(chunk({}, { finish_reason: "stop" }))) },
  {
    weight: 1,
    arbitrary: contents.map((content) => JSON.stringify({ ...chunk({ content }), usage: { total_tokens: 3 } })),
  },
  { weight: 1, arbitrary: fc.constant(JSON.stringify({ ...head, choices: [], usage: { total_tokens: 9 } })) },
);
const badData = fc.constantFrom(
  '{"error":{"message":"broke"}}',
  "{half",
  "[]",
  '{"choices":[{"delta":{"content":"\\q"}}]}',
);
const noise = fc.constantFrom(
  [": comment"],
  ["event: message"],
  ["id: 7"],
  ["retry: 10"],
  ["data:"],
  ["nonsense"],
  [":"],
);

/** The lines of one event, without the empty line at its end. */
const event = fc.oneof(
  { weight: 10, arbitrary: data.map((text) => [`data: ${text}`]) },
  { weight: 1, arbitrary: data.map((text) => [`data:${text}`]) },
  { weight: 1, arbitrary: data.map((text) => ["event: message", `data: ${text}`, "id: 3"]) },
  {
    weight: 1,
    arbitrary: data.map((text) =>
      JSON.stringify(JSON.parse(text), null, 1)
        .split("\n")
        .map((line) => `data: ${line}`),
    ),
  },
  { weight: 2, arbitrary: noise },
);

const end = fc.constantFrom("\n", "\r\n", "\r");
/** Streams with one kind of line break, or with all of them. */
const stream = (events: fc.Arbitrary<readonly string[]>) =>
  fc
    .tuple(fc.array(events, { maxLength: 14 }), fc.array(end, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([list, ends, done]) => {
      let line = 0;
      const close = (): string => {
        line += 1;
        return ends[line % ends.length] ?? "\n";
      };
      const lines = [...list, ...(done ? [["data: [DONE]"]] : [])].flatMap((item) => [...item, ""]);
      // A carriage return followed by a line feed would be one line break instead of two.
      let text = "";
      for (const item of lines) {
        const ending = close();
        text += item === "" && ending === "\n" && text.endsWith("\r") ? "\r" : item + ending;
      }
      return encoder.encode(text.endsWith("\r") ? `${text}: end\n` : text);
    });
const cuts = fc.array(fc.nat(), { maxLength: 12 });

const failing = fc.oneof(
  { weight: 6, arbitrary: event },
  { weight: 1, arbitrary: badData.map((text) => [`data: ${text}`]) },
);
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(fc.constantFrom(0x0a, 0x0d, 0x64, 0x3a, 0x7b, 0x22, 0xef, 0xbb, 0xbf, 0xf0, 0x9f), { maxLength: 60 })
    .map((list) => Uint8Array.from(list)),
  fc.tuple(stream(event), fc.nat(), fc.nat({ max: 255 })).map(([good, at, byte]) => {
    const changed = Uint8Array.from(good);
    if (changed.length > 0) changed[at % changed.length] = byte;
    return changed;
  }),
);

describe("ChatScanner, fuzzed", () => {
  it("reads the same as a reference parser, however the bytes are split", () => {
    fc.assert(
      fc.property(stream(event), cuts, (bytes, places) => {
        expect(scan(bytes, places)).toEqual(reference(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it("fails where the reference parser fails, after the same parts", () => {
    fc.assert(
      fc.property(stream(failing), cuts, (bytes, places) => {
        expect(scan(bytes, places)).toEqual(reference(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it("reads any bytes alike in one piece and in many, and throws only its own errors", () => {
    fc.assert(
      fc.property(anyBytes, cuts, (bytes, places) => {
        expect(scan(bytes, places)).toEqual(scan(bytes, []));
      }),
      { numRuns: 1_000 },
    );
  });
});
