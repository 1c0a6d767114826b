import { describe, expect, it } from "vitest";
import { type BatchExporter, BoundedExporter, type ExportOutcome } from "./index.js";

function setup(options: { readonly maxItems: number; readonly maxCharacters?: number }) {
  const reports: string[] = [];
  const exports: { readonly items: string[]; readonly done: (outcome: ExportOutcome) => void }[] = [];
  const exporter: BatchExporter<string, ExportOutcome> = {
    export: (items, done) => void exports.push({ items, done }),
    shutdown: () => Promise.resolve(),
  };
  const bounded = new BoundedExporter(exporter, { noun: "spans", idOf: (item) => item, ...options });
  bounded.report = (cause) => void reports.push(String(cause));
  return { bounded, exports, reports };
}

describe("BoundedExporter", () => {
  it("has room until maxItems wait, and again once their export has ended", () => {
    const { bounded, exports, reports } = setup({ maxItems: 2 });
    expect(bounded.hasRoom(2)).toBe(true);
    bounded.add("a");
    bounded.add("b");
    expect(bounded.hasRoom(1)).toBe(false);
    expect(reports).toEqual(["Error: 2 spans are waiting to be sent; further ones are dropped."]);
    bounded.export(["a", "b"], () => undefined);
    expect(bounded.hasRoom(1)).toBe(false);
    exports[0]?.done({});
    expect(bounded.hasRoom(2)).toBe(true);
  });

  it("has no room for more than maxCharacters in total", () => {
    const { bounded, exports } = setup({ maxItems: 100, maxCharacters: 10 });
    bounded.add("a", 6);
    expect(bounded.hasRoom(1, 5)).toBe(false);
    expect(bounded.hasRoom(1, 4)).toBe(true);
    bounded.export(["a"], () => undefined);
    exports[0]?.done({});
    expect(bounded.hasRoom(1, 10)).toBe(true);
  });

  it("reports a failed export, passes its outcome on and stops counting its items", () => {
    const { bounded, exports, reports } = setup({ maxItems: 1 });
    const outcomes: ExportOutcome[] = [];
    bounded.add("a");
    bounded.export(["a"], (outcome) => void outcomes.push(outcome));
    const failed = { error: new Error("refused") };
    exports[0]?.done(failed);
    expect(outcomes).toEqual([failed]);
    expect(reports).toEqual(["Error: refused"]);
    expect(bounded.hasRoom(1)).toBe(true);
  });

  it("ignores items that were never added", () => {
    const { bounded, exports } = setup({ maxItems: 1, maxCharacters: 5 });
    bounded.add("a", 5);
    bounded.export(["unknown"], () => undefined);
    exports[0]?.done({});
    expect(bounded.hasRoom(1)).toBe(false);
  });
});
