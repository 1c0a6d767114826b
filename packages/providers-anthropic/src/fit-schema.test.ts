import { transformJSONSchema } from "@anthropic-ai/sdk/lib/transform-json-schema";
import type { JsonObject } from "@modelyard/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitSchema } from "./fit-schema.js";

/** The schema that Anthropic's own SDK would send, or the same one if the SDK cannot convert it. */
function bySdk(schema: JsonObject): JsonObject {
  try {
    return transformJSONSchema(schema);
  } catch {
    return schema;
  }
}

/** A schema for comparison: keywords may be in any order in a description. */
function comparable(schema: JsonObject): unknown {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      key === "description" && typeof value === "string" ? value.split("").toSorted().join("") : value,
    ),
  );
}

const optional = { requiredKeys: [] };
const words = fc.constantFrom("a", "", "date", "uuid", "color", "array", "object");
const { schema: schemas } = fc.letrec<{ schema: JsonObject; inner: JsonObject }>((tie) => {
  const inner = tie("inner");
  const named = fc.dictionary(fc.constantFrom("a", "b", "type"), inner, { maxKeys: 3 });
  return {
    schema: fc.record(
      {
        $schema: words,
        $defs: named,
        $ref: fc.constant("#/$defs/a"),
        type: fc.constantFrom("object", "string", "array", "number", "boolean", ["string", "null"]),
        title: words,
        description: words,
        enum: fc.array(fc.oneof(words, fc.integer(), fc.constant(null), fc.constant({ a: 1 })), { maxLength: 2 }),
        const: fc.oneof(words, fc.constant(null), fc.constant([1])),
        anyOf: fc.array(inner, { maxLength: 2 }),
        oneOf: fc.array(inner, { maxLength: 2 }),
        allOf: fc.array(inner, { maxLength: 2 }),
        properties: named,
        required: fc.array(words, { maxLength: 2 }),
        additionalProperties: fc.boolean(),
        items: inner,
        minItems: fc.integer({ min: 0, max: 3 }),
        maxItems: fc.integer({ min: 0, max: 3 }),
        format: words,
        pattern: words,
        minimum: fc.integer(),
      },
      optional,
    ) as fc.Arbitrary<JsonObject>,
    // Most schemas have a type, and some places have no schema at all.
    inner: fc.oneof(
      { depthSize: "small" },
      fc.constant<JsonObject>({ type: "string", maxLength: 5 }),
      fc.constant(true as unknown as JsonObject),
      tie("schema"),
    ),
  };
});

describe("a schema for Claude's answers in JSON", () => {
  it("is the one that Anthropic's SDK would send, for schemas of every keyword", () => {
    let converted = 0;
    fc.assert(
      fc.property(schemas, (schema) => {
        const before = JSON.stringify(schema);
        const fitted = fitSchema(schema);
        expect(comparable(fitted)).toEqual(comparable(bySdk(schema)));
        expect(JSON.stringify(schema)).toBe(before);
        if (fitted !== schema) converted += 1;
      }),
      { numRuns: 1_000, seed: 11 },
    );
    expect(converted).toBeGreaterThan(150);
  });

  it("says in a description what Claude cannot be held to", () => {
    const age = { type: "integer", description: "In years", minimum: 0 };
    expect(fitSchema({ type: "object", properties: { age }, required: ["age"] })).toEqual({
      type: "object",
      properties: { age: { type: "integer", description: "In years\n\n{minimum: 0}" } },
      required: ["age"],
      additionalProperties: false,
    });
  });

  it("stays as it is if it has no form that Anthropic accepts", () => {
    const schema = { type: "object", properties: { anything: true } } as unknown as JsonObject;
    expect(fitSchema(schema)).toBe(schema);
  });
});
