// What holds for every body and every stream, whatever a client or a vendor writes.
import { RouterError } from "@modelyard/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chat,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  translateAnswer,
  type WireEvent,
  type WireName,
  type WrittenRequest,
} from "../src/index.js";
import { isJsonObject, type JsonObject } from "../src/json.js";
import { fullAnswers, fullRequests, fullStreams } from "./support/samples.js";
import { type Path, pathsIn, replaced, valueAt } from "./support/paths.js";
import { disorder } from "./support/stream-order.js";
import { claude, openaiChat, openaiResponses } from "./targets.js";

const wires = { chat, responses, messages };
const names: readonly WireName[] = ["chat", "responses", "messages"];
const caller = { now: 1, request: { store: false }, streamUsage: true };
const answerer = { vendor: "vendor", deployment: "deployment", model: "model" };

const write: Readonly<Record<WireName, (request: ReturnType<typeof chat.readRequest>) => WrittenRequest>> = {
  chat: (request) => chat.writeRequest(request, openaiChat),
  responses: (request) => responses.writeRequest(request, openaiResponses),
  messages: (request) => messages.writeRequest(request, claude),
};

const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, "", "x", 0, -1, 1.5, 1e9, true, [], {}, [null], [[]], [{}], "__proto__"),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A JSON value of which one or two places hold something strange. */
function mutated<Value>(value: Value): fc.Arbitrary<Value> {
  const place = fc.constantFrom(...pathsIn(value).filter((path) => path.length > 0));
  const change = fc.tuple(place, strange);
  return fc.tuple(change, fc.option(change)).map(([[path, by], second]) => {
    const once = replaced(value, path, by);
    if (second === null || valueAt(once, second[0]) === undefined) return once as Value;
    return replaced(once, second[0], second[1]) as Value;
  });
}

function failureOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof RouterError ? error.kind : error;
  }
}

function crossed(from: WireName, to: WireName, events: readonly WireEvent[]): readonly WireEvent[] {
  const crossing = { from: wires[from], to: wires[to], names: new ToolNames(), answerer, caller };
  const translation = new StreamTranslation(crossing);
  const written: WireEvent[] = [];
  for (const event of events) written.push(...translation.read(event));
  return [...written, ...translation.end()];
}

/** How the writing of a request may fail. */
const refusals: readonly unknown[] = [undefined, "invalid_request", "unsupported_params"];
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(names)("a request of %s", (wire) => {
  it("is written back as it was", () => {
    expect(json(write[wire](wires[wire].readRequest(fullRequests[wire])).value)).toEqual(fullRequests[wire]);
  });

  it("keeps unknown fields wherever they are, and reports them on every crossing", () => {
    const sample = fullRequests[wire];
    // What holds the caller's own JSON, and places that the hub reads as a whole, have no fields of the wire.
    const own =
      /schema|parameters|content\.\d+\.input|metadata|\bfilters\b|user_location|summary|tool_choice|grammar|properties|cache_control/u;
    const places = pathsIn(sample).filter((path) => isJsonObject(valueAt(sample, path)) && !own.test(path.join(".")));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom<unknown>("x", 1, { a: [1] }), (path, value) => {
        const body = replaced(sample, [...path, "x_new"], value) as JsonObject;
        const request = wires[wire].readRequest(body);
        expect(valueAt(json(write[wire](request).value), [...path, "x_new"])).toEqual(value);
        for (const to of names.filter((other) => other !== wire))
          expect(
            write[to](request).losses.some((loss) => loss.path.endsWith("x_new") || isVendorTool(sample, path)),
          ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("is an invalid request, or one that others may serve, where it cannot be read, and nothing worse", () => {
    fc.assert(
      fc.property(mutated(fullRequests[wire]), (body) => {
        for (const to of names) {
          const failure = failureOf(() => write[to](wires[wire].readRequest(body)));
          expect(refusals).toContain(failure);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("of any JSON is refused or can be written", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(fullRequests[wire])), strange), (body) => {
        for (const to of names) expect(refusals).toContain(failureOf(() => write[to](wires[wire].readRequest(body))));
      }),
      { numRuns: 300 },
    );
  });
});

/** Tools that the vendor runs are refused whole on a crossing, and searches are kept whole. */
function isVendorTool(sample: JsonObject, path: Path): boolean {
  const type = valueAt(sample, [...path.slice(0, 2), "type"]);
  return (
    path[0] === "tools" && typeof type === "string" && type !== "function" && type !== "custom" && type !== "namespace"
  );
}

describe.each(names)("an answer of %s", (wire) => {
  it("is written back as it was", () => {
    const { value } = translateAnswer(
      { from: wires[wire], to: wires[wire], names: new ToolNames(), answerer, caller },
      fullAnswers[wire],
    );
    expect(json(value)).toMatchObject(fullAnswers[wire]);
  });

  it("keeps unknown fields wherever they are", () => {
    const sample = fullAnswers[wire];
    const own =
      /usage|error|incomplete_details|summary|content\.\d+\.input|annotations|citations|logprobs|caller|cache_creation/u;
    const places = pathsIn(sample).filter((path) => isJsonObject(valueAt(sample, path)) && !own.test(path.join(".")));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom<unknown>("x", 1, { a: [1] }), (path, value) => {
        const body = replaced(sample, [...path, "x_new"], value) as JsonObject;
        const crossing = { from: wires[wire], to: wires[wire], names: new ToolNames(), answerer, caller };
        expect(valueAt(json(translateAnswer(crossing, body).value), [...path, "x_new"])).toEqual(value);
      }),
    );
  });

  it("is an invalid response where it cannot be read, and nothing worse", () => {
    fc.assert(
      fc.property(mutated(fullAnswers[wire]), (body) => {
        for (const to of names) {
          const crossing = { from: wires[wire], to: wires[to], names: new ToolNames(), answerer, caller };
          const failure = failureOf(() => translateAnswer(crossing, body));
          // A mutation may make it an answer that failed, of any kind.
          expect(failure === undefined || typeof failure === "string").toBe(true);
          expect(failure).not.toBe("invalid_request");
        }
      }),
      { numRuns: 500 },
    );
  });

  it("of any JSON is an invalid response or can be written", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(fullAnswers[wire])), strange), (body) => {
        for (const to of names) {
          const crossing = { from: wires[wire], to: wires[to], names: new ToolNames(), answerer, caller };
          const failure = failureOf(() => translateAnswer(crossing, body));
          expect(failure === undefined || typeof failure === "string").toBe(true);
        }
      }),
    );
  });
});

describe.each(names)("a stream of %s", (wire) => {
  const samples = fullStreams[wire];

  it("that is cut before its end ends with an error and without its end mark", () => {
    for (const events of samples)
      for (let cut = 0; cut < events.length; cut += 1) {
        const part = events.slice(0, cut);
        const reader = wires[wire].streamReader();
        const last = [...part.flatMap((event) => reader.read(event)), ...reader.end()].at(-1);
        // Complete streams without their end mark are complete.
        if (last?.type === "end") continue;
        expect(last?.type).toBe("error");
        for (const to of names) {
          const written = crossed(wire, to, part);
          expect(disorder(to, written)).toBeUndefined();
          const ended = JSON.stringify(written.at(-1));
          expect(ended).toMatch(/"error"/u);
          expect(JSON.stringify(written)).not.toMatch(/message_stop|response\.completed|\[DONE\]/u);
        }
      }
  });

  it("in any order, and with any event missing or doubled, is written in order", () => {
    for (const events of samples) {
      const places = fc.array(fc.nat({ max: events.length - 1 }), { minLength: 1, maxLength: events.length + 4 });
      const shuffled = fc.shuffledSubarray([...events.keys()], { minLength: events.length });
      fc.assert(
        fc.property(fc.oneof(places, shuffled), (order) => {
          const mixed = order.map((place) => events[place]!);
          for (const to of names) expect(disorder(to, crossed(wire, to, mixed))).toBeUndefined();
        }),
        { numRuns: 300 },
      );
    }
  });

  it("with anything in an event is read without an exception, and written in order", () => {
    for (const events of samples)
      fc.assert(
        fc.property(mutated(events as WireEvent[]), (mixed) => {
          const reader = wires[wire].streamReader();
          const read = [...mixed.flatMap((event) => reader.read(event)), ...reader.end()];
          expect(["end", "error"]).toContain(read.at(-1)?.type);
          for (const to of names) {
            let written: readonly WireEvent[] = [];
            const failure = failureOf(() => (written = crossed(wire, to, mixed)));
            expect([undefined, "invalid_response"]).toContain(failure);
            expect(disorder(to, written)).toBeUndefined();
          }
        }),
        { numRuns: 300 },
      );
  });
});
