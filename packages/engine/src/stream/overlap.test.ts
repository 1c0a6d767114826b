import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OverlapCutter } from "./overlap.js";

/** What is shown of a continuation that arrives in pieces. */
function shown(before: string, ...pieces: readonly string[]): string {
  const cutter = new OverlapCutter(before);
  return pieces.map((piece) => cutter.push(piece)).join("") + cutter.flush();
}

describe("OverlapCutter, which removes repeated text from a continued answer,", () => {
  it.each([
    ["new text", "once upon ", ["a ", "time"], "a time"],
    ["the whole answer again", "once upon ", ["once ", "upon ", "a time"], "a time"],
    ["the last words again", "The quick brown fox", ["brown", " fox jumps"], " jumps"],
    ["the word it was cut in", "Hello wor", ["world"], "ld"],
    ["nothing new at all", "once upon a time", ["once upon"], ""],
    ["a word that only begins like the last one", "It is the ending", ["end"], "end"],
    ["a beginning that only looks the same", "once upon ", ["once more"], "once more"],
    ["common letters within a word", "The banana", ["na split"], "na split"],
    ["a refrain", "row, row, row, ", ["row, row your boat"], "row, row your boat"],
    ["numbers in a list", "[0, 0, 0, ", ["0, 0, 0]"], "0, 0, 0]"],
    ["words of another script", "日本語の文章", ["日本語の文章です"], "です"],
  ])("keeps what is new in %s", (_, before, pieces, expected) => {
    expect(shown(before, ...pieces)).toBe(expected);
  });

  it.each([
    ["a space", "Hello ", [" world"], "world"],
    ["a paragraph", "One.\n\n", ["\n", "\nTwo."], "Two."],
    ["the beginning of an indentation", "if (x)\n  ", ["\n    y()"], "  y()"],
    ["less than there was", "One.\n\n", ["\nTwo."], "Two."],
    ["nothing of it", "Hello ", ["world"], "world"],
    ["the last words with it", "The quick ", ["quick brown"], "brown"],
  ])(
    "keeps %s once if the deployment was sent the text without its final white space",
    (_, before, pieces, expected) => {
      const cutter = new OverlapCutter(before, before.trimEnd().length);
      expect(pieces.map((piece) => cutter.push(piece)).join("") + cutter.flush()).toBe(expected);
    },
  );

  it("holds text back no longer than necessary", () => {
    const cutter = new OverlapCutter("once upon ");
    expect([cutter.push("a "), cutter.decided]).toEqual(["a ", true]);
    const again = new OverlapCutter("once upon ");
    expect([again.push("on"), again.decided, again.push("ly")]).toEqual(["", false, "only"]);
  });

  it("gives the same text however the continuation is split, and never text that was not sent", () => {
    const words = fc.array(fc.constantFrom("a", "be", "see ", "deed ", ", ", "0 ", "\n"), { maxLength: 12 });
    fc.assert(
      fc.property(words, words, (before, next) => {
        const text = before.join("");
        const whole = shown(text, next.join(""));
        expect(shown(text, ...next)).toBe(whole);
        expect(next.join("").endsWith(whole)).toBe(true);
      }),
    );
  });
});
