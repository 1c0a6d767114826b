import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { lineOf } from "./module-line.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard module line-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function withStack(stack: string): Error {
  return Object.assign(new Error("no"), { stack });
}

describe("the line of an error in a module", () => {
  it.each([
    ["unfinished.mjs", "export const strategy = () => {\n  return {\n    pick() {\n", 4],
    ["twice.mjs", "const a = 1;\nconst a = 2;\n", 2],
    ["unfinished.cjs", "\nexports.strategy = { name: ;\n", 2],
  ])("is found when the syntax of %s is invalid", async (name, text, line) => {
    // Thrown by the import of an ES module, without a place.
    const cause = new SyntaxError("Unexpected end of input");
    expect(await lineOf(cause, written(name, text))).toBe(line);
  });

  it("is the first one in the stack, for a path or a URL, with or without a query", async () => {
    const path = written("throws.mjs", "");
    const { href } = pathToFileURL(path);
    for (const name of [path, href, `${href}?v=0123456789abcdef`]) {
      const stack = `Error: no\n    at other (/elsewhere/throws.mjs:9:1)\n    at make (${name}:7:13)\n    at ${name}:3:1`;
      expect(await lineOf(withStack(stack), path)).toBe(7);
    }
  });

  it("is unknown if the stack names no line", async () => {
    const path = written("fine.mjs", "export const a = 1;\n");
    expect(await lineOf(withStack("Error: no\n    at /elsewhere.mjs:9:1"), path)).toBeUndefined();
    expect(await lineOf(new SyntaxError("in a module that this one imports"), path)).toBeUndefined();
    expect(await lineOf("a text", path)).toBeUndefined();
    expect(await lineOf(new SyntaxError("gone"), join(folder, "gone.mjs"))).toBeUndefined();
  });
});
