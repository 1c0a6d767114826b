// What a wire says survives the hub: answers, streams and errors that are read and written back on their own wire.
import { type ErrorKind, errorKinds } from "@modelyard/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chat,
  type HubEvent,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  translateAnswer,
  type WireEvent,
  type WireName,
} from "../src/index.js";
import { isJsonObject, type JsonObject } from "../src/json.js";
import { answerSamples } from "./answer-fields.js";
import { streamSamples } from "./event-fields.js";
import { pathsIn, replaced, valueAt } from "./support/paths.js";
import { disorder } from "./support/stream-order.js";

const wires = { chat, responses, messages };
const names: readonly WireName[] = ["chat", "responses", "messages"];

function crossingOf(wire: WireName) {
  const caller = { now: 7, request: { store: false }, streamUsage: true };
  return { from: wires[wire], to: wires[wire], names: new ToolNames(), answerer: {}, caller };
}

/** A value without what says nothing: `null`, and empty lists and objects. */
function said(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(said);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, said(entry)] as const);
  return Object.fromEntries(entries.filter(([key, entry]) => entry !== null && !isEmpty(entry) && !formal.has(key)));
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** Answers that are written in another form than they had: with newer fields, as one text, or thoughts as a summary. */
const rewritten: ReadonlySet<string> = new Set(["function_call", "parts of a text"]);
const rewrittenStreams: ReadonlySet<string> = new Set([...rewritten, "reasoning", "a part of the future"]);
/** What says how the vendor made the answer, and when. */
const formal: ReadonlySet<string> = new Set(["completed_at", "output_text", "status", "total_tokens"]);

describe.each(names)("an answer of %s that is read and written back", (wire) => {
  it.each(Object.entries(answerSamples[wire]).filter(([name]) => !rewritten.has(name)))("keeps %s", (_, body) => {
    const { value } = translateAnswer(crossingOf(wire), body);
    expect(JSON.parse(JSON.stringify(value))).toMatchObject(said(body) as object);
  });
});

/** What a stream amounts to. */
function wholeOf(wire: WireName, events: readonly WireEvent[]): unknown {
  const reader = wires[wire].streamReader();
  const read: readonly HubEvent[] = [...events.flatMap((event) => reader.read(event)), ...reader.end()];
  const rest: Record<string, JsonObject> = {};
  for (const event of read) if (event.type === "rest") rest[event.in] = { ...rest[event.in], ...event.fields };
  return {
    start: read.find(({ type }) => type === "start"),
    blocks: read.flatMap((event) => (event.type === "block_stop" ? [event.block] : [])),
    stops: read.flatMap((event) => (event.type === "stop" ? [event.stop] : [])),
    usage: Object.assign({}, ...read.flatMap((event) => (event.type === "usage" ? [event.usage] : []))) as object,
    rest,
    events: read.flatMap((event) => (event.type === "raw" ? [event.value["type"]] : [])),
    last: read.at(-1),
  };
}

function writtenBack(wire: WireName, events: readonly WireEvent[]): readonly WireEvent[] {
  const translation = new StreamTranslation(crossingOf(wire));
  const written = [...events.flatMap((event) => translation.read(event)), ...translation.end()];
  return JSON.parse(JSON.stringify(written)) as readonly WireEvent[];
}

describe.each(names)("a stream of %s that is read and written back", (wire) => {
  const samples = Object.entries(streamSamples[wire]).filter(([name]) => !rewrittenStreams.has(name));
  it.each(samples)("amounts to the same: %s", (_, events) => {
    const written = writtenBack(wire, events);
    expect(disorder(wire, written)).toBeUndefined();
    expect(wholeOf(wire, written)).toMatchObject(said(wholeOf(wire, events)) as object);
  });

  it("keeps unknown fields of its answer, its choices, its blocks and its end", () => {
    const places = samples.flatMap(([, events]) =>
      pathsIn(events)
        .filter((path) => isJsonObject(valueAt(events, path)) && holdsFields.test(path.join(".")))
        // Items are announced with what later events repeat.
        .filter(([at]) => valueAt(events, [at ?? 0, "type"]) !== "response.output_item.added")
        .map((path) => ({ events, path })),
    );
    const lost = places.filter(({ events, path }) => {
      const changed = replaced(events, [...path, "x_new"], "here") as readonly WireEvent[];
      return !JSON.stringify(writtenBack(wire, changed)).includes('"x_new":"here"');
    });
    expect(lost).toEqual([]);
  });
});

/** Objects of events that the hub reads field by field. */
const holdsFields =
  /^\d+(?:\.(?:message|delta|response|item|content_block|choices\.0|choices\.0\.delta|choices\.0\.delta\.tool_calls\.0|response\.usage))?$/u;

/** What clients decide by. Several kinds of failures share a word. */
function essence({ status, body }: { readonly status: number; readonly body: JsonObject }): unknown {
  const { message, param } = body["error"] as JsonObject;
  return { status, message, param };
}

describe.each(names)("an error of %s that is read and written back", (wire) => {
  // The caller has gone, or nothing was sent: no client reads these.
  const kinds = (Object.keys(errorKinds) as ErrorKind[]).filter(
    (kind) => kind !== "aborted" && kind !== "invalid_option",
  );
  const text = fc.string({ minLength: 1 }).filter((message) => /^[^\s<]/u.test(message) && message.trim() === message);
  const place = fc.option(fc.constantFrom("tools[0].name", "model"));

  it("has the same status, words and place", () => {
    const back = (written: ReturnType<typeof chat.writeError>) =>
      wires[wire].writeError(wires[wire].readError(written.status, written.body), "req_1");
    fc.assert(
      fc.property(fc.constantFrom(...kinds), text, place, (kind, message, at) => {
        const first = wires[wire].writeError({ kind, message, ...(at === null ? {} : { param: at }) }, "req_1");
        const again = back(first);
        expect(essence(again)).toEqual(essence(first));
        expect(back(again)).toEqual(again);
      }),
      { numRuns: 500 },
    );
  });
});
