import { describe, expect, it } from "vitest";
import { withOutputText } from "./output-text.js";

const read = (answer: object): unknown => (withOutputText(answer) as { readonly output_text?: unknown }).output_text;

describe("withOutputText", () => {
  it("joins the texts of all messages, and ignores refusals, reasoning and calls", () => {
    const output = [
      { type: "reasoning", id: "r", summary: [{ type: "summary_text", text: "thoughts" }] },
      {
        type: "message",
        content: [
          { type: "output_text", text: "one " },
          { type: "refusal", refusal: "no" },
        ],
      },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
      { type: "message", content: [{ type: "output_text", text: "two" }] },
    ];
    expect(read({ output })).toBe("one two");
    expect(read({ output: [] })).toBe("");
  });

  it("does not appear in JSON, and may be added twice", () => {
    const answer = withOutputText(withOutputText({ output: [] }));
    expect(JSON.stringify(answer)).toBe('{"output":[]}');
  });

  it("keeps the text of a vendor, and leaves other answers alone", () => {
    expect(read({ output: [], output_text: "given" })).toBe("given");
    expect(read({ choices: [] })).toBeUndefined();
  });
});
