import { Session } from "node:inspector/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { readDocument } from "./document.js";

/** Counts how often functions and their blocks ran, which is about the same on any machine, however busy it is. */
describe("reading a YAML file", () => {
  const session = new Session();
  let read: typeof readDocument;
  beforeAll(async () => {
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    // V8 counts loops only in code that is compiled after this.
    read = (await import("./document.js")).readDocument;
  });
  afterAll(async () => {
    await session.post("Profiler.stopPreciseCoverage");
    session.disconnect();
  });

  const stepsFor = async (text: string): Promise<number> => {
    await session.post("Profiler.takePreciseCoverage");
    read(text, "f.yaml");
    const { result } = await session.post("Profiler.takePreciseCoverage");
    return result
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
      .reduce((sum, { count }) => sum + count, 0);
  };

  it.each([
    ["complaints", "a: b: c\n"],
    ["anchors", "&a "],
    ["list items", "- "],
    ["keys", "? "],
    ["colons", ":"],
    ["tabs", "\t\n"],
    ["quotes", "'\""],
    ["tags", "!!x "],
    ["documents", "---\n"],
    ["references", "- *a\n"],
  ])("takes steps in proportion to its length: %s", async (_, piece) => {
    const measure = (length: number) => stepsFor(`- &a 1\n${piece.repeat(length / piece.length)}`);
    // Work that is done only once, for the first text, is not counted.
    await measure(1_000);
    const short = await measure(4_000);
    // The text is eight times as long. Quadratic work would take 64 times as many steps.
    expect((await measure(32_000)) / short).toBeLessThan(16);
  });
});
