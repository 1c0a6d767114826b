import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deepestJson, jsonExcess, mostIrregularKeys, mostJsonKeys } from "./json.js";

const lists = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const objects = (depth: number): string => '{"a":'.repeat(depth) + "1" + "}".repeat(depth);
const mixed = (depth: number): string => '[{"a":'.repeat(depth / 2) + "1" + "}]".repeat(depth / 2);
const keys = (count: number, colon = ":"): string =>
  `{${Array.from({ length: count }, (_, key) => `"k${String(key)}"${colon}1`).join(",")}}`;

/** Why a parsed value exceeds the limits, found by plain recursion; `undefined` if it does not. */
function excessOf(value: unknown, depth = 1): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (depth > deepestJson) return "is nested too deep";
  for (const part of Object.values(value)) {
    const found = excessOf(part, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe("jsonExcess", () => {
  it.each([
    ["lists", lists],
    ["objects", objects],
    ["both in turn", mixed],
  ])("finds %s that are nested too deeply, and accepts the others", (_, nested) => {
    expect(jsonExcess(nested(deepestJson))).toBeUndefined();
    expect(jsonExcess(nested(deepestJson + 2))).toBe("is nested too deep");
    expect(jsonExcess(`{"a":[1,${nested(deepestJson)}]}`)).toBe("is nested too deep");
  });

  it("finds text that opens lists without end before the parser reads all of it", () => {
    expect(jsonExcess("[".repeat(100_000))).toBe("is nested too deep");
  });

  it.each([":", " :", " \n: "])("finds objects with too many keys, and accepts the others (%j)", (colon) => {
    expect(jsonExcess(keys(mostJsonKeys, colon))).toBeUndefined();
    expect(jsonExcess(keys(mostJsonKeys + 1, colon))).toBe("has an object with too many keys");
    expect(jsonExcess(`{"a":[1,${keys(mostJsonKeys + 1, colon)}]}`)).toBe("has an object with too many keys");
    expect(jsonExcess(`[${keys(mostJsonKeys)},${keys(mostJsonKeys)}]`)).toBeUndefined();
  });

  const objectsOf = (count: number, length: number, nameOf: (object: number, key: number) => string): string =>
    JSON.stringify(
      Array.from({ length: count }, (_, object) =>
        Object.fromEntries(Array.from({ length }, (__, key) => [nameOf(object, key), 0])),
      ),
    );

  it.each<[string, string]>([
    ["keys of their own", objectsOf(mostIrregularKeys / 20, 21, (object, key) => `${String(object)}-${String(key)}`)],
    ["many keys", objectsOf(10, 20_000, (_, key) => `k${String(key)}`)],
    [
      "keys of their own, deep inside",
      `${"[".repeat(900)}${objectsOf(10_000, 20, (object, key) => `${String(object)}-${String(key)}`)}${"]".repeat(900)}`,
    ],
  ])("finds too many objects with %s", (_, text) => {
    expect(jsonExcess(text)).toBe("has too many keys in large objects, or in objects unlike each other");
  });

  it.each<[string, string]>([
    [
      "objects that are alike, such as the log probabilities of a long answer",
      objectsOf(100_000, 4, (_, key) => `k${String(key)}`),
    ],
    ["objects with some keys of their own", objectsOf(1_000, 100, (object, key) => `${String(object)}-${String(key)}`)],
  ])("accepts many %s", (_, text) => {
    expect(jsonExcess(text)).toBeUndefined();
  });

  it("counts only what is outside of strings", () => {
    const wild = '[{:"\\'.repeat(mostJsonKeys);
    expect(jsonExcess(JSON.stringify({ content: wild, more: [wild] }))).toBeUndefined();
    expect(jsonExcess(`[${"[],".repeat(50_000)}1]`)).toBeUndefined();
  });

  it("agrees with the parser's result for the text", () => {
    const leaf = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("[", "{", ":", '"', "\\") }), fc.integer());
    fc.assert(
      fc.property(fc.array(leaf), fc.integer({ min: deepestJson - 4, max: deepestJson + 4 }), (parts, depth) => {
        const text = `${JSON.stringify(parts).slice(0, -1)}${parts.length === 0 ? "" : ","}${objects(depth)}]`;
        expect(jsonExcess(text)).toBe(excessOf(JSON.parse(text)));
      }),
    );
  });

  it("reports text that is not JSON as an excess at most, and never throws", () => {
    const shards = fc.constantFrom("{", "}", "[", "]", '"', "\\", ",", ":", '"a"', "1", "é");
    fc.assert(
      fc.property(fc.array(shards, { maxLength: 50 }), fc.integer({ min: 1, max: 400 }), (list, times) => {
        expect([undefined, "is nested too deep", "has an object with too many keys"]).toContain(
          jsonExcess(list.join("").repeat(times)),
        );
      }),
    );
  });
});
