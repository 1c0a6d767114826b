import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isLong, JsonWriter, requestJson } from "./json-writer.js";
import { canonicalJson } from "./stable-id.js";

/** All pieces of a value. */
function piecesOf(value: unknown, sorted = false): readonly string[] {
  const writer = new JsonWriter(value, sorted);
  const pieces: string[] = [];
  for (let piece = writer.next(); piece !== undefined; piece = writer.next()) pieces.push(piece);
  return pieces;
}

const written = (value: unknown, sorted = false): string => piecesOf(value, sorted).join("");

/** Data of which some parts are written by `JSON.stringify` and others piece by piece. */
const data = fc.oneof(
  fc.jsonValue({ maxDepth: 5 }),
  fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 40, maxLength: 80 }),
  fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 40, maxKeys: 80 }),
  fc.tuple(fc.string({ unit: "binary", minLength: 1 }), fc.nat(600_000)).map(([text, length]) => ({
    text: text.repeat(Math.ceil(length / text.length)),
    after: [text],
  })),
);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("JSON in pieces", () => {
  it("equals JSON.stringify, or canonicalJson with sorted keys", () => {
    fc.assert(
      fc.property(data, (value) => {
        // `JSON.stringify` escapes a lone surrogate at any position.
        expect(written(value)).toBe(JSON.stringify(value));
        expect(written(value, true)).toBe(canonicalJson(value));
      }),
      { numRuns: 200 },
    );
  });

  const many = Array.from({ length: 100 }, (_, index) => `text ${String(index)}`);

  it.each<[string, unknown]>([
    [
      "what JSON does not have",
      { a: undefined, many, b: () => 1, c: Symbol("c"), d: [undefined, () => 1, Number.NaN] },
    ],
    [
      "objects that say how they are written",
      { many, date: new Date(0), own: { many, toJSON: () => ({ many: [1] }) } },
    ],
    ["instances", { many, map: new Map([[1, 2]]), bytes: new Uint8Array([1, 2]) }],
    ["an object without a prototype", Object.assign(Object.create(null) as object, { many })],
    ["a key named __proto__", JSON.parse(`{"__proto__":${JSON.stringify(many)},"a":1}`)],
    ["empty lists and objects among others", [many, [], {}, [[]], many]],
    ["a character at the end of a piece", { many, text: `${"a".repeat(256 * 1024 - 1)}😀${"b".repeat(300_000)}` }],
    ["nothing but a string", "x".repeat(600_000)],
    ["null", null],
  ])("writes %s as JSON.stringify does", (_, value) => {
    expect(written(value)).toBe(JSON.stringify(value));
  });

  it.each<[string, unknown, number]>([
    ["a long string", { content: "x".repeat(3_000_000) }, 10],
    ["many short strings", Array.from({ length: 200_000 }, () => "x"), 10],
    ["many small objects", Array.from({ length: 50_000 }, () => ({ role: "user", content: "hi" })), 10],
    ["many keys", Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`k${String(index)}`, 0])), 10],
    ["many lists with little in them", Array.from({ length: 200_000 }, () => []), 10],
  ])("arrives in many pieces for %s", (_, value, least) => {
    const pieces = piecesOf(value);
    expect(pieces.length).toBeGreaterThanOrEqual(least);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(2 * 256 * 1024);
  });

  it("visits nested parts a bounded number of times, so that nesting does not multiply the work", () => {
    let looks = 0;
    /** Nested lists. The innermost one contains objects that count how often they are read. */
    const nest = (depth: number): unknown => {
      let value: unknown = Array.from({ length: 1_000 }, () => {
        const item = {};
        Object.defineProperty(item, "x", {
          enumerable: true,
          get: () => {
            looks += 1;
            return 1;
          },
        });
        return item;
      });
      for (let level = 0; level < depth; level += 1) value = [value, value].slice(0, 1);
      return value;
    };
    written(nest(0));
    const flat = looks;
    looks = 0;
    written(nest(200));
    // Each level may read the first 32 values once more.
    expect(looks - flat).toBeLessThanOrEqual(200 * 32);
  });

  it("is refused for data that refers to itself", () => {
    const circle: unknown[] = [...many];
    circle.push({ circle });
    expect(() => written(circle)).toThrow(RangeError);
  });
});

describe("the JSON of a request", () => {
  it("is text for a short request, written in one pass", () => {
    const request = { model: "m", messages: [{ role: "user", content: "x".repeat(200_000) }] };
    const timers = vi.spyOn(globalThis, "setTimeout");
    expect(requestJson(request)).toBe(JSON.stringify(request));
    expect(timers).not.toHaveBeenCalled();
  });

  it.each([
    ["many values", { input: Array.from({ length: 300_000 }, (_, index) => index / 7) }],
    ["a long text", { messages: [{ role: "user", content: "Grüße 😀 ".repeat(200_000) }] }],
  ])("is bytes for a request of %s, and the event loop turns between the pieces", async (_, request) => {
    expect(isLong(request)).toBe(true);
    const timers = vi.spyOn(globalThis, "setTimeout");
    const bytes = (await requestJson(request)) as Uint8Array;
    expect(new TextDecoder().decode(bytes)).toBe(JSON.stringify(request));
    expect(timers.mock.calls.length).toBeGreaterThan(5);
  });

  it.each([
    ["short", {}],
    ["long", { text: "x".repeat(400_000) }],
  ])("is refused for a %s request that JSON cannot express", async (_, more) => {
    const write = async (): Promise<unknown> => requestJson({ ...more, big: 1n });
    await expect(write()).rejects.toMatchObject({ kind: "invalid_request" });
    await expect(write()).rejects.toThrow("BigInt");
  });
});
