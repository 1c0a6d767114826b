import { describe, expect, it } from "vitest";
import { dropFields, parseFieldPath } from "./field-path.js";

const drop = (body: Record<string, unknown>, ...paths: readonly string[]) =>
  dropFields(
    body,
    paths.map((path) => parseFieldPath(path, "additionalDropParams")),
  );

const tools = [
  { type: "function", strict: true, function: { name: "a", examples: [1] } },
  { type: "function", function: { name: "b", examples: [2] } },
];

describe("dropFields", () => {
  it.each([
    ["user", { user: "u", n: 1 }, { n: 1 }],
    [
      "tools[*].function.examples",
      { tools },
      {
        tools: [
          { ...tools[0], function: { name: "a" } },
          { ...tools[1], function: { name: "b" } },
        ],
      },
    ],
    ["tools[0].strict", { tools }, { tools: [{ type: "function", function: tools[0]?.function }, tools[1]] }],
    ["metadata.inner.key", { metadata: { inner: { key: 1, other: 2 } } }, { metadata: { inner: { other: 2 } } }],
    ["a[*][1].b", { a: [[{ b: 1 }, { b: 2 }]] }, { a: [[{ b: 1 }, {}]] }],
  ])("removes %s", (path, body, expected) => {
    const before = structuredClone(body);
    expect(drop(body, path)).toEqual({ body: expected, dropped: [path] });
    expect(body).toEqual(before);
  });

  it.each(["user", "tools[*].nothing", "tools[7].strict", "n.inner", "tools.strict", "toString"])(
    "returns the same body if %s is not in it",
    (path) => {
      const body = { tools, n: 1 };
      expect(drop(body, path)).toEqual({ body, dropped: [] });
      expect(drop(body, path).body).toBe(body);
    },
  );

  it.each(["", "tools[*]", "tools[x].a", "a..b", ".a", "a.", "a[0", "a]b", "[0]"])("rejects the path %j", (path) => {
    expect(() => parseFieldPath(path, "additionalDropParams")).toThrow("additionalDropParams: ");
  });
});
