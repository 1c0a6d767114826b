import MarkdownIt from "markdown-it";
import { expect, it } from "vitest";
import { extendMarkdown } from "./markdown.ts";

const markdown = new MarkdownIt();
// VitePress has types of another version.
extendMarkdown(markdown as unknown as Parameters<typeof extendMarkdown>[0]);

it("draws diagrams", () => {
  const html = markdown.render("```mermaid\nflowchart LR\n  A[first] --> B[second]\n```\n");
  expect(html).toMatch(/<figure class="diagram" v-html="&quot;<svg|&quot;&lt;svg/u);
  expect(html).toContain("first");
});

it("puts an example in TypeScript and the YAML that follows it side by side", () => {
  const html = markdown.render("```ts\na;\n```\n\n```yaml\na: b\n```\n\n```yaml\nc: d\n```\n");
  expect(html.match(/class="pair"/gu)).toHaveLength(1);
  expect(html.indexOf("language-ts")).toBeLessThan(html.indexOf("language-yaml"));
});
