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

const page = readPage("docs/internals.md");
const code = sources();

it("docs/internals.md refers to names that exist in the code", () => {
  const lines = page.match(/^In the code: .*$/gmu) ?? [];
  const names = lines.flatMap((line) => [...line.matchAll(/`(?<name>\w+)`/gu)].map((match) => match.groups?.["name"]));
  const known = new Set(code.match(/\w+/gu));
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !known.has(name ?? ""))).toEqual([]);
});

it("comments refer to sections that docs/internals.md has", () => {
  const headings = new Set([...page.matchAll(/^#+ (?<title>.*)$/gmu)].map((match) => match.groups?.["title"]));
  // A comment may continue on the next line.
  const flat = code.replaceAll(/\n *(?:\*|\/\/) /gu, " ");
  const references = [...flat.matchAll(/docs\/internals\.md, "(?<title>[^"]*)"/gu)].map(
    (match) => match.groups?.["title"],
  );
  expect(references.length).toBeGreaterThan(15);
  expect(references.filter((title) => !headings.has(title))).toEqual([]);
});
