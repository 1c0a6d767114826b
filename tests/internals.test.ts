import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readPage } from "./support/markdown.js";

const root = fileURLToPath(new URL("..", import.meta.url));

function sources(): string {
  const folders = readdirSync(join(root, "packages")).map((name) => `packages/${name}/src`);
  return [...folders, "bench/src"]
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
        .map((name) => readFileSync(join(root, folder, name), "utf8")),
    )
    .join("\n");
}

it("docs/internals.md refers to names that exist in the code", () => {
  const lines = readPage("docs/internals.md").match(/^In the code: .*$/gmu) ?? [];
  const names = lines.flatMap((line) => [...line.matchAll(/`(?<name>\w+)`/gu)].map((match) => match.groups?.["name"]));
  const known = new Set(sources().match(/\w+/gu));
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !known.has(name ?? ""))).toEqual([]);
});
