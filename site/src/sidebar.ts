/** A heading of the sidebar with its pages, as VitePress wants it. */
export interface SidebarGroup {
  readonly text: string;
  readonly collapsed: boolean;
  readonly items: { readonly text: string; readonly link: string }[];
}

/** A row of a table that begins with a link. */
const linkedRow = /^\| \[(?<text>[^\]]+)\]\((?<link>[^)#]+)\) +\|/gmu;

/** The sections of the index whose pages are too many to be shown at once. */
const collapsed: ReadonlySet<string> = new Set(["Extending it", "Differences from LiteLLM"]);

/**
 * The sidebar: the sections of the index of all pages, and the pages that its tables list.
 *
 * @param contents - the page `contents.md` of the site
 */
export function sidebarOf(contents: string): SidebarGroup[] {
  const [, ...sections] = contents.split(/^## /mu);
  return sections.flatMap((section) => {
    const text = section.slice(0, section.indexOf("\n"));
    const items = [...section.matchAll(linkedRow)].map(({ groups = {} }) => ({
      text: groups["text"] ?? "",
      link: groups["link"] ?? "",
    }));
    return items.length === 0 ? [] : [{ text, collapsed: collapsed.has(text), items }];
  });
}
