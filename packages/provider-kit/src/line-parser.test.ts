import { describe, expect, it } from "vitest";
import { lineParser } from "./line-parser.js";

function linesOf(pieces: readonly string[], longest = 100): { readonly lines: string[]; readonly endless: number } {
  const lines: string[] = [];
  let endless = 0;
  const parser = lineParser({
    onLine: (line) => void lines.push(line),
    onEndless: () => {
      endless += 1;
    },
    longest,
  });
  for (const piece of pieces) parser.feed(piece);
  return { lines, endless };
}

describe("lineParser", () => {
  it("finds the same lines however the text is cut", () => {
    const text = "one\n\ntwo\r\nthree\n";
    for (let size = 1; size <= text.length; size += 1) {
      const pieces = text.match(new RegExp(`[\\s\\S]{1,${String(size)}}`, "gu")) ?? [];
      expect(linesOf(pieces)).toEqual({ lines: ["one", "", "two\r", "three"], endless: 0 });
    }
  });

  it("keeps a line until its end arrives", () => {
    expect(linesOf(["one", " two"]).lines).toEqual([]);
    expect(linesOf(["one", " two", "\n"]).lines).toEqual(["one two"]);
  });

  it("reports a line that does not end", () => {
    expect(linesOf(["x".repeat(60), "x".repeat(40)]).endless).toBe(0);
    expect(linesOf(["x".repeat(60), "x".repeat(41)]).endless).toBe(1);
    expect(linesOf(["x".repeat(60), "\n", "x".repeat(60)]).endless).toBe(0);
  });

  it("does linear work for a long line in small pieces", () => {
    // Looking at the whole line again for each piece would take minutes.
    const pieces = Array.from({ length: 131_072 }, () => "16 characters...");
    const { lines } = linesOf([...pieces, "\n"], Number.POSITIVE_INFINITY);
    expect(lines.map((line) => line.length)).toEqual([2_097_152]);
  });
});
