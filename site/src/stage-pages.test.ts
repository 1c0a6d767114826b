import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sitePage, sourcePages, stagePages } from "./stage-pages.ts";

const github = "https://github.com/modelyard/modelyard";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "modelyard-site-"));
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

describe("a page of the site", () => {
  it.each([
    ["a page", "[x](../proxy.md#routes)", "[x](/proxy.md#routes)"],
    ["the index of all pages", "[x](../README.md)", "[x](/contents.md)"],
    ["a package", "[x](../../packages/router)", "[x](/packages/router.md)"],
    ["a section of a package's README", "[x](../../packages/router/README.md#y)", "[x](/packages/router.md#y)"],
    ["a source file", "[x](../../packages/router/a.ts)", `[x](${github}/blob/main/packages/router/a.ts)`],
    ["a folder that is no package", "[x](../../examples/a/)", `[x](${github}/tree/main/examples/a)`],
    ["a picture", "![x](../public/a.png)", "![x](/a.png)"],
    ["another site", "[x](https://a.example/b.md)", "[x](https://a.example/b.md)"],
    ["the same page", "[x](#y)", "[x](#y)"],
    ["code that looks like a link", "`[x](y)`", "`[x](y)`"],
    ["code in a block", "```ts\nf[x](y);\n```", "```ts\nf[x](y);\n```"],
  ])("with a link to %s", (_, text, expected) => {
    write("docs/README.md", "");
    write("docs/proxy.md", "");
    write("docs/public/a.png", "");
    write("packages/router/README.md", "");
    write("packages/router/a.ts", "");
    write("examples/a/index.ts", "");
    write("docs/guide/page.md", `${text}\n`);
    expect(sitePage(root, "docs/guide/page.md")).toBe(`---\neditSource: docs/guide/page.md\n---\n\n${expected}\n`);
  });

  it("names the page and the link that leads nowhere", () => {
    write("docs/page.md", "[x](gone.md)\n");
    expect(() => sitePage(root, "docs/page.md")).toThrow("docs/page.md links to gone.md, which does not exist");
  });

  it("has room for examples in TypeScript and YAML if it has both", () => {
    write("docs/page.md", "```ts\na;\n```\n\n```yaml\na: b\n```\n");
    expect(sitePage(root, "docs/page.md")).toContain("pageClass: pairs\n");
    write("docs/page.md", "```ts\na;\n```\n\ntext\n\n```yaml\na: b\n```\n");
    expect(sitePage(root, "docs/page.md")).not.toContain("pageClass");
  });
});

describe("the pages of this repository", () => {
  const repository = fileURLToPath(new URL("../..", import.meta.url));

  it("are those of docs and of every package, and have no broken link", () => {
    const folder = join(root, "pages");
    stagePages(repository, folder);
    expect(sourcePages(repository)).toEqual(
      expect.arrayContaining(["docs/README.md", "docs/guide/fallbacks.md", "packages/router/README.md"]),
    );
    expect(readFileSync(join(folder, "guide/fallbacks.md"), "utf8")).toContain("](/fallbacks-and-retries.md)");
  });
});
