import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pagePlace, siteLink } from "./page-places.ts";

/** A part of a page: prose, whose links are rewritten, or a block of code. */
const codeBlock = /^(?<fence>`{3,})[\s\S]*?^\k<fence>$/gmu;

/** A link or picture, or code within a line, which may look like one. */
const linkOrCode = /`[^`\n]+`|(?<before>\]\()(?<target>[^)\s]+)(?<after>\))/gu;

/** A TypeScript example that is followed by the same in YAML. */
const pair = /^```ts\n(?:(?!^```)[\s\S])*?^```\n\n```yaml\n/mu;

function rewriteLinks(text: string, rewrite: (target: string) => string): string {
  return text.replaceAll(linkOrCode, (whole, before: string | undefined, target: string | undefined, after: string) =>
    before === undefined || target === undefined ? whole : `${before}${rewrite(target)}${after}`,
  );
}

/** A page of the repository as a page of the site. @throws BrokenLinkError */
export function sitePage(root: string, file: string): string {
  const text = readFileSync(join(root, file), "utf8");
  const rewrite = (target: string): string => siteLink(root, file, target);
  let page = "";
  let end = 0;
  for (const block of text.matchAll(codeBlock)) {
    page += rewriteLinks(text.slice(end, block.index), rewrite) + block[0];
    end = block.index + block[0].length;
  }
  page += rewriteLinks(text.slice(end), rewrite);
  // Examples in two languages are shown side by side, which needs the room of the outline.
  const layout = pair.test(text) ? "pageClass: pairs\naside: false\n" : "";
  return `---\neditSource: ${file}\n${layout}---\n\n${page}`;
}

/** The Markdown files of the repository that are pages of the site, as paths from its root. */
export function sourcePages(root: string): readonly string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name}`);
  const readmes = ["packages", "apps"].flatMap((top) =>
    readdirSync(join(root, top)).map((name) => `${top}/${name}/README.md`),
  );
  return [...docs, ...readmes.filter((file) => existsSync(join(root, file)))].filter(
    (file) => pagePlace(file) !== undefined,
  );
}

/**
 * Writes the pages of the site, which are those of the repository with their links rewritten, and the site's own.
 *
 * @param root - the repository's folder
 * @param folder - where the pages are written; what it contains is deleted
 * @throws AggregateError with a BrokenLinkError for each page that has broken links
 */
export function stagePages(root: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const errors: unknown[] = [];
  for (const file of sourcePages(root)) {
    try {
      const place = join(folder, pagePlace(file) ?? "");
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, sitePage(root, file));
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join("\n"));
  cpSync(join(root, "site/pages"), folder, { recursive: true });
  const pictures = join(root, "docs/public");
  if (existsSync(pictures)) cpSync(pictures, join(folder, "public"), { recursive: true });
}
