import { existsSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Where the files of the repository are on the site. */

const repository = "https://github.com/modelyard/modelyard";

/** The folders of packages whose READMEs are pages. */
const packageReadme = /^(?:packages|apps)\/(?<name>[^/]+)\/README\.md$/u;

/**
 * The place of a Markdown file on the site, as a path from the site's root.
 *
 * @param file - a path from the root of the repository
 * @returns `undefined` for files that are no pages of the site
 */
export function pagePlace(file: string): string | undefined {
  if (file === "docs/README.md") return "contents.md";
  if (file.startsWith("docs/") && file.endsWith(".md")) return file.slice("docs/".length);
  const name = packageReadme.exec(file)?.groups?.["name"];
  return name === undefined ? undefined : `packages/${name}.md`;
}

/** A link that leads nowhere. */
export class BrokenLinkError extends Error {
  override readonly name = "BrokenLinkError";
  constructor(page: string, target: string) {
    super(`${page} links to ${target}, which does not exist`);
  }
}

/** A link of a page, split at its anchor. */
function splitAnchor(target: string): readonly [path: string, anchor: string] {
  const at = target.indexOf("#");
  return at === -1 ? [target, ""] : [target.slice(0, at), target.slice(at)];
}

/**
 * Rewrites a link between files of the repository to one between pages of the site. Files that are no pages are shown on GitHub.
 *
 * @param root - the repository's folder
 * @param page - the page with the link, as a path from `root`
 * @param target - the link as it is in the page
 * @throws BrokenLinkError if the file does not exist
 */
export function siteLink(root: string, page: string, target: string): string {
  if (/^(?:[a-z][a-z0-9+.-]*:|#)/iu.test(target)) return target;
  const [path, anchor] = splitAnchor(target);
  const file = normalize(join(dirname(page), path)).replace(/\/$/u, "");
  const absolute = join(root, file);
  if (!existsSync(absolute)) throw new BrokenLinkError(page, target);
  const isFolder = statSync(absolute).isDirectory();
  const place = pagePlace(isFolder ? `${file}/README.md` : file);
  if (place !== undefined) return `/${place}${anchor}`;
  if (file.startsWith("docs/public/")) return `/${file.slice("docs/public/".length)}`;
  return `${repository}/${isFolder ? "tree" : "blob"}/main/${file}${anchor}`;
}
