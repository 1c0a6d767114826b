import { Session } from "node:inspector/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { readDocument } from "./document.js";

/** Counts how often functions and parts of them ran: about the same on any machine, however busy. */
describe("reading a YAML file", () => {
  const session = new Session();
  let read: typeof readDocument;
  beforeAll(async () => {
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    // Only what is compiled from now on is counted loop by loop.
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
    // What is done once only, for the first text of all, is not counted.
    await measure(1_000);
    const short = await measure(4_000);
    // Eight times the length; what grows with the square would take 64 times as many.
    expect((await measure(32_000)) / short).toBeLessThan(16);
  });
});
