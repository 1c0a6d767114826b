import { describe, expect, it } from "vitest";
import { comparePage } from "./compare-page.js";
import { conformancePage, rowsIn, rowsOf } from "./page.js";
import type { CellResult } from "./results.js";

const result = (fields: Partial<CellResult>): CellResult => ({
  suite: "sdk",
  caller: "chat",
  vendor: "chat",
  passed: 0,
  skipped: 0,
  failed: [],
  ...fields,
});

const results = [
  result({ suite: "sdk", caller: "messages", vendor: "messages", passed: 3, skipped: 1 }),
  result({ suite: "sdk", vendor: "responses", passed: 2, failed: ["reads an answer"] }),
  result({ suite: "sdk", passed: 3 }),
  result({ suite: "not installed", skipped: 4 }),
  result({ suite: "a suite", caller: "responses", vendor: "chat", passed: 7 }),
];

const rows = [
  ["a suite", "responses", "7", "", ""],
  ["sdk", "chat", "3", "2 of 3", ""],
  ["sdk", "messages", "", "", "3, 1 skipped"],
];

describe("the table of results", () => {
  it("is sorted, and has a row for each suite and caller of which something ran", () => {
    expect(rowsOf(results)).toEqual(rows);
  });

  it("can be read back from the page", () => {
    expect(rowsIn(conformancePage(results))).toEqual(rows);
  });

  it("is followed by the tests that fail", () => {
    expect(conformancePage(results)).toContain("\n- sdk, chat in front of responses: reads an answer.\n");
    expect(conformancePage(results.slice(2))).not.toContain("What does not pass");
  });
});

describe("comparing a run with the page", () => {
  const page = conformancePage(results);

  it("finds rows that have changed, and rows that are new", () => {
    const changed = rowsOf([...results.slice(0, 1), result({ passed: 4 }), result({ suite: "new", passed: 1 })]);
    expect(comparePage(page, changed).different).toEqual(["new, chat", "sdk, chat"]);
    expect(comparePage("", rows).different).toHaveLength(3);
  });

  it("reports rows that did not run, which are not differences", () => {
    expect(comparePage(page, rows)).toEqual({ missing: [], different: [] });
    expect(comparePage(page, rows.slice(0, 2))).toEqual({ missing: ["sdk, messages"], different: [] });
  });
});
