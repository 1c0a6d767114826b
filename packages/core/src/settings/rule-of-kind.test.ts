import { describe, expect, it } from "vitest";
import { acceptedTypes, kindRules } from "./rule-of-kind.js";

const values = {
  boolean: [true, false],
  object: [{}, [], null, new Date(0)],
  string: ["", " ", "\n", "x".repeat(10_000)],
};

describe("acceptedTypes", () => {
  it.each(Object.entries(acceptedTypes))(
    "the rule for the kind %s accepts every value of the type %s",
    (kind, type) => {
      const rule = kindRules[kind as keyof typeof kindRules];
      expect(values[type].map((value) => rule(value, "option"))).toEqual(values[type].map(() => undefined));
    },
  );
});
