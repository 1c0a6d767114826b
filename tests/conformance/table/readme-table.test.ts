import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rowsIn } from "./page.js";
import { withTable } from "./readme-table.js";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

describe("the table of results in the README", () => {
  it("is that of docs/conformance.md", () => {
    const readme = read("README.md");
    expect(readme).toBe(withTable(readme, rowsIn(read("docs/conformance.md"))));
  });

  it("has a row for each suite, and a cell for each wire of its callers", () => {
    const around = ["a", "<!-- Written by `npm run conformance -- -u`: -->", "old", "<!-- That was written. -->", "b"];
    const rows = [
      ["sdk", "chat", "3", "2 of 3", ""],
      ["sdk", "messages", "1", "1", "1"],
    ];
    expect(withTable(around.join("\n"), rows).split("\n")).toEqual([
      "a",
      around[1],
      "",
      "| Suite | Callers of chat | Callers of responses | Callers of messages |",
      "| ----- | --------------- | -------------------- | ------------------- |",
      "| sdk   | 3 / 2 of 3 / -  |                      | 1 / 1 / 1           |",
      "",
      around[3],
      "b",
    ]);
    expect(() => withTable("a", rows)).toThrow("README.md must have the lines");
  });
});
