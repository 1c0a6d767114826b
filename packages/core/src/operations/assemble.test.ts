import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json.js";
import { assembleChat, assembleText } from "./assemble.js";

const head = { id: "1", created: 2, model: "m", object: "chat.completion.chunk" };
const chunk = (delta: object, finishReason: string | null = null, index = 0): JsonObject => ({
  ...head,
  choices: [{ index, delta, finish_reason: finishReason }],
});
const assemble = (...chunks: readonly JsonObject[]) => assembleChat(chunks);
const call = (index: number, more: object): JsonObject => chunk({ tool_calls: [{ index, ...more }] });

describe("assembled answers", () => {
  it("contain the whole text, however it was split", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        const answer = assemble(...texts.map((content) => chunk({ content })), chunk({}, "stop"));
        expect(answer).toEqual({
          id: "1",
          created: 2,
          model: "m",
          object: "chat.completion",
          choices: [{ index: 0, message: { role: "assistant", content: texts.join("") }, finish_reason: "stop" }],
        });
      }),
    );
  });

  it("keep interleaved choices apart, in their order", () => {
    const answer = assemble(
      chunk({ content: "b" }, null, 1),
      chunk({ content: "a" }),
      chunk({ content: "B" }, "stop", 1),
      chunk({}, "length"),
    );
    expect(answer["choices"]).toMatchObject([
      { index: 0, message: { content: "a" }, finish_reason: "length" },
      { index: 1, message: { content: "bB" }, finish_reason: "stop" },
    ]);
  });

  it("contain the tool calls, each merged by its index", () => {
    const answer = assemble(
      call(0, { id: "x", type: "function", function: { name: "f", arguments: "" } }),
      call(1, { id: "y", type: "function", function: { name: "g", arguments: '{"b"' } }),
      call(0, { function: { arguments: '{"a":1}' } }),
      call(1, { function: { arguments: ":2}" } }),
      chunk({}, "tool_calls"),
    );
    expect(answer["choices"]).toEqual([
      {
        index: 0,
        message: {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "x", type: "function", function: { name: "f", arguments: '{"a":1}' } },
            { id: "y", type: "function", function: { name: "g", arguments: '{"b":2}' } },
          ],
        },
        finish_reason: "tool_calls",
      },
    ]);
  });

  it("contain refusals, reasoning and legacy function calls", () => {
    expect(assemble(chunk({ refusal: "I " }), chunk({ refusal: "won't" }))["choices"]).toMatchObject([
      { message: { content: "", refusal: "I won't" } },
    ]);
    expect(assemble(chunk({ reasoning_content: "hm" }), chunk({ content: "yes" }))["choices"]).toMatchObject([
      { message: { content: "yes", reasoning_content: "hm" } },
    ]);
    const called = assemble(
      chunk({ function_call: { name: "f", arguments: "{" } }),
      chunk({ function_call: { arguments: "}" } }),
    );
    expect(called["choices"]).toMatchObject([
      { message: { content: null, function_call: { name: "f", arguments: "{}" } } },
    ]);
  });

  it("contain the last usage that was reported, also without a choice", () => {
    const answer = assemble(
      chunk({ content: "a" }),
      { ...head, choices: [], usage: { total_tokens: 1 } },
      { ...head, choices: [], usage: { total_tokens: 2 } },
      { ...head, choices: [], usage: null },
    );
    expect(answer["usage"]).toEqual({ total_tokens: 2 });
  });

  it("exist for text completions too, and not for an empty stream", () => {
    const text = (value: string, reason: string | null) => ({
      ...head,
      choices: [{ index: 0, text: value, finish_reason: reason }],
    });
    expect(assembleText([text("a", null), text("b", "stop")])).toMatchObject({
      object: "text_completion",
      choices: [{ index: 0, text: "ab", finish_reason: "stop" }],
    });
    expect(assemble()["choices"]).toEqual([]);
  });
});
