import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { pages, readPage } from "./support/markdown.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): ReadonlySet<string> {
  const text = readPage(page).replaceAll(/^```[\s\S]*?^```/gmu, "");
  const titles = [...text.matchAll(/^#+ (?<title>.*)$/gmu)].map((match) => match.groups?.["title"] ?? "");
  return new Set(
    titles.map((title) =>
      title
        .replaceAll(/\[(?<text>[^\]]*)\]\([^)]*\)/gu, "$<text>")
        .toLowerCase()
        .replaceAll(/[^\w\- ]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** The page that a link from another page leads to; a link to a folder leads to its README. */
function targetOf(page: string, to: string): string {
  const path = to === "" ? page : normalize(join(dirname(page), to));
  return existsSync(join(root, path, "README.md")) ? join(path, "README.md") : path;
}

it("every link to a section leads to a heading of its page", () => {
  const links = pages.flatMap((page) =>
    [...readPage(page).matchAll(/\]\((?<to>[^)#\s:]*)#(?<anchor>[^)\s]+)\)/gu)].map(
      ({ groups = {} }) => [page, targetOf(page, groups["to"] ?? ""), groups["anchor"] ?? ""] as const,
    ),
  );
  const broken = links.filter(([, target, anchor]) => target.endsWith(".md") && !anchorsOf(target).has(anchor));
  expect(links.length).toBeGreaterThan(20);
  expect(broken).toEqual([]);
});
