import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OwnKey, stringEnd } from "./own-key.js";

const names = fc.constantFrom("model", "a", "model ", "Model", "{", "]", "");
const nested = fc.oneof(names, fc.constantFrom('b"model"', "mod\\el", '"model":"x"', "\\"));
const values = fc.oneof(fc.jsonValue(), fc.dictionary(nested, fc.jsonValue()), nested);

/** Reads a text in steps of this length. */
function valueIn(text: string, step: number): number {
  const own = new OwnKey(text, '"model"');
  while (!own.read(step));
  return own.value;
}

describe("OwnKey, fuzzed", () => {
  it("finds the value of the key in the outermost object, in steps of any length", () => {
    const layouts = fc.constantFrom(undefined, 1, "\t");
    fc.assert(
      fc.property(
        fc.dictionary(names, values),
        fc.string(),
        layouts,
        fc.nat({ max: 40 }),
        (rest, model, layout, step) => {
          const text = JSON.stringify({ ...rest, model }, undefined, layout);
          const from = valueIn(text, step + 1);
          expect(JSON.parse(text.slice(from, stringEnd(text, from)))).toBe(model);
          const other = `${text.slice(0, from)}"other"${text.slice(stringEnd(text, from))}`;
          expect(JSON.parse(other)).toEqual({ ...JSON.parse(text), model: "other" });
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ["twice", '{"model":"a","b":{},"model":"a"}'],
    ["in escapes", String.raw`{"model":"a","mod\u0065l":"b"}`],
    ["only in another object", '{"a":{"model":"a"}}'],
    ["only as a value", '{"a":"model","b":["model"]}'],
    ["only in a list", '[{"model":"a"}]'],
    ["in a list of strings", '["model","a"]'],
  ])("finds nothing if the key is there %s", (_, text) => {
    expect(valueIn(text, 3)).toBe(-1);
  });
});
