import { describe, expect, it } from "vitest";
import { markedByKey } from "./cache-marks.js";
import { responses } from "./wires.js";
import type { JsonObject } from "./json.js";

const user = { role: "user", content: "hi" };
const call = { type: "function_call", call_id: "c1", name: "f", arguments: "{}" };
const result = { type: "function_call_output", call_id: "c1", output: "ok" };

function marksIn(request: JsonObject): readonly unknown[] {
  const { instructions, turns } = markedByKey(responses.readRequest({ model: "m", ...request }));
  return [
    instructions.map(({ cache }) => cache !== undefined),
    turns.map(({ blocks }) => blocks.map(({ type, cache }) => (cache === undefined ? "" : type))),
  ];
}

describe("marks for a caller's cache key", () => {
  it("stand after the last instruction, and after the last two turns of the user", () => {
    const input = [{ role: "developer", content: "A" }, { role: "developer", content: "B" }, user, call, result];
    expect(marksIn({ input, prompt_cache_key: "k" })).toEqual([
      [false, true],
      [["text"], [""], ["tool_result"]],
    ]);
    expect(marksIn({ input: [...input, call, { ...result }, user], prompt_cache_key: "k" })[0]).toEqual([false, true]);
  });

  it.each<[string, JsonObject]>([
    ["without a key", { input: [user] }],
    [
      "where the caller wants only its own",
      { input: [user], prompt_cache_key: "k", prompt_cache_options: { mode: "explicit" } },
    ],
    [
      "beside those of the caller",
      {
        input: [
          { role: "user", content: [{ type: "input_text", text: "a", prompt_cache_breakpoint: { mode: "explicit" } }] },
        ],
        prompt_cache_key: "k",
      },
    ],
  ])("are not added %s", (_, request) => {
    const read = responses.readRequest({ model: "m", ...request });
    expect(markedByKey(read)).toBe(read);
  });
});
