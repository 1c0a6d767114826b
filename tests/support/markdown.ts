import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The Markdown pages that people read, as paths from the root of the repository. */
export const pages: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...["packages", "apps", "examples"].flatMap((top) =>
    readdirSync(join(root, top)).map((name) => `${top}/${name}/README.md`),
  ),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
].filter((page) => existsSync(join(root, page)));

export function readPage(page: string): string {
  return readFileSync(join(root, page), "utf8");
}

export interface TableRow {
  /** Counted from 1. */
  readonly line: number;
  /** The cells as a reader sees them: without marks and the addresses of links. */
  readonly cells: readonly string[];
}

function shown(cell: string): string {
  return cell
    .trim()
    .replaceAll(/\[(?<text>[^\]]*)\]\([^)]*\)/gu, "$<text>")
    .replaceAll(/`|\*\*|\\(?=\|)/gu, "");
}

/** The rows of all tables of a page, except for those in blocks of code and those that only draw a line. */
export function tableRows(text: string): readonly TableRow[] {
  let inCode = false;
  return text.split("\n").flatMap((line, index) => {
    if (/^ *(?:```|~~~)/u.test(line)) inCode = !inCode;
    if (inCode || !/^ *\|/u.test(line) || /^[ |:-]+$/u.test(line)) return [];
    const cells = line.trim().split(/(?<!\\)\|/u);
    return [{ line: index + 1, cells: cells.slice(1, -1).map(shown) }];
  });
}
