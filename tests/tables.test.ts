import { describe, expect, it } from "vitest";
import { pages, readPage, tableRows } from "./support/markdown.js";

/** The width that fits on a screen next to a table of contents, in characters. Longer texts belong in a list. */
const longestCell = 100;
const longestRow = 160;

/** The rows that are too wide, with their widths. */
function wideRows(page: string): readonly string[] {
  return tableRows(readPage(page)).flatMap(({ line, cells }) => {
    const cell = Math.max(...cells.map(({ length }) => length));
    const row = cells.join(" | ").length;
    if (cell > longestCell) return [`${page}:${String(line)}: a cell of ${String(cell)} characters`];
    return row > longestRow ? [`${page}:${String(line)}: a row of ${String(row)} characters`] : [];
  });
}

describe("the tables of a page fit a screen", () => {
  it.each(pages)("%s", (page) => {
    expect(wideRows(page)).toEqual([]);
  });
});

describe("reading a page's tables", () => {
  it("measures what is shown: text without marks and addresses", () => {
    const rows = tableRows("| a | b |\n| - | - |\n| **[`x`](https://a.example/very/long)** | `y \\| z` |\n");
    expect(rows).toEqual([
      { line: 1, cells: ["a", "b"] },
      { line: 3, cells: ["x", "y | z"] },
    ]);
  });

  it("leaves out tables in blocks of code", () => {
    expect(tableRows("```text\n| a |\n```\n| b |\n")).toEqual([{ line: 4, cells: ["b"] }]);
  });
});
