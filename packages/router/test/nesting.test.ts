import { deploymentOptions, failure } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type Harness, setup } from "./support/harness.js";

/** A router whose source of random numbers throws, so that every pick throws. */
function broken(thrown: Error): Harness {
  const random = {
    id: () => "id",
    next: () => {
      throw thrown;
    },
  };
  return setup({ modelList: [deploymentOptions("a"), deploymentOptions("b")], random });
}

function nested(depth: number): object {
  let value: object = {};
  for (let level = 0; level < depth; level += 1) value = { value };
  return value;
}

const overflows = [
  ["V8", new RangeError("Maximum call stack size exceeded")],
  ["JavaScriptCore", new RangeError("Maximum call stack size exceeded.")],
  ["SpiderMonkey", new Error("too much recursion")],
] as const;

describe("a stack overflow", () => {
  it.each(overflows)("is an invalid request if the request is nested too deeply (message: %s)", async (_, thrown) => {
    const circular: Record<string, unknown> = {};
    circular["self"] = [circular, circular];
    for (const extra of [nested(10_000), circular])
      expect(await failure(broken(thrown).ask({ extra }))).toMatchObject({ kind: "bad_request", cause: thrown });
  });

  it.each(overflows)("is an internal error if the request is not nested deeply (message: %s)", async (_, thrown) => {
    expect(await failure(broken(thrown).ask({ extra: nested(100) }))).toMatchObject({ kind: "api_error", status: 500 });
  });
});

it.each([new RangeError("Invalid time value"), new RangeError("Invalid array length"), new TypeError("no")])(
  "a deeply nested request is not blamed for an error other than a stack overflow: %s",
  async (thrown) => {
    const error = await failure(broken(thrown).ask({ extra: nested(10_000) }));
    expect(error).toMatchObject({ kind: "api_error", status: 500 });
  },
);
