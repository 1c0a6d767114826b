import { describe, expect, it } from "vitest";
import { deepestJson, isNestedTooDeep } from "./nesting.js";

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const objects = (depth: number): string => '{"a":'.repeat(depth) + "1" + "}".repeat(depth);
const judge = (text: string): boolean => isNestedTooDeep(JSON.parse(text), text.length);

describe("isNestedTooDeep", () => {
  it("tells what is deeper from what is not, for arrays, objects and mixtures", () => {
    expect([nested(deepestJson), objects(deepestJson), nested(1), "1", "null"].map(judge)).toEqual(
      Array.from({ length: 5 }, () => false),
    );
    const deep = nested(deepestJson + 1);
    expect([deep, objects(deepestJson + 1), `{"a":[1,${deep}]}`, nested(100_000)].map(judge)).toEqual(
      Array.from({ length: 4 }, () => true),
    );
  });

  it("does not take what is wide for deep", () => {
    expect(judge(`[${"[],".repeat(50_000)}1]`)).toBe(false);
  });
});
