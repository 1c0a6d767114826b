import { operationNames } from "@modelyard/core/kit";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The TypeScript sources below a folder, without tests and build output. */
function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ["node_modules", "dist", "test", "assets"].includes(entry.name) ? [] : sourcesIn(path);
    return /\.tsx?$/u.test(entry.name) && !/\.test(?:-d)?\.ts$/u.test(entry.name) ? [path] : [];
  });
}

const name = `["'\`](?:${operationNames.join("|")})["'\`]`;
const comparison = new RegExp(`[=!]==?\\s*${name}|${name}\\s*[=!]==?|\\bcase\\s+${name}\\s*:`, "gu");

/** Places where a source compares a value with the name of an operation, as `file:line`. */
function comparisonsIn(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(comparison)].map(
    ({ index }) => `${relative(root, file)}:${String(text.slice(0, index).split("\n").length)}`,
  );
}

describe("comparisons with the name of an operation", () => {
  it.each([
    [`if (operation === "chat") return;`, 1],
    [`return 'embeddings' !== row.name;`, 1],
    [`switch (operation) { case "text_completion": return 1; }`, 1],
    [`const operations = { chat: 1, embeddings: 2 }; execute("chat", request);`, 0],
  ])("are found in %s: %i", (text, count) => {
    expect([...text.matchAll(comparison)]).toHaveLength(count);
  });

  it("do not exist in any source, since differences are fields of the rows in packages/core/src/operations", () => {
    const sources = ["packages", "apps", "examples", "bench"].flatMap((folder) => sourcesIn(join(root, folder)));
    expect(sources.length).toBeGreaterThan(300);
    // In packages/wires, the same words are names of wires, each of which is read and written in its own folder. In
    // packages/ai-sdk, they are the wire that a prompt is written in, and one of the two kinds of models that the SDK has.
    const exempt = ["packages/wires/", "packages/ai-sdk/"].map((folder) => join(root, folder));
    const held = sources.filter((file) => !exempt.some((folder) => file.startsWith(folder)));
    expect(held.flatMap(comparisonsIn)).toEqual([]);
  });
});
