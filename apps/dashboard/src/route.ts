/** The tabs, in the order of their keys `1` to `5`. */
export const tabs = ["deployments", "requests", "events", "configuration", "what-if"] as const;
export type Tab = (typeof tabs)[number];

/** What the address shows after `#`, e.g. `#/requests/ID?filter=gpt`. The key is never in it. */
export interface Route {
  readonly tab: Tab;
  /** What is selected within the tab. */
  readonly item: string;
  readonly fields: URLSearchParams;
}

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/u, "").split("?");
  const [name = "", ...item] = path.split("/");
  return {
    tab: tabs.find((tab) => tab === name) ?? "deployments",
    item: decoded(item.join("/")),
    fields: new URLSearchParams(query),
  };
}

export function linkTo(tab: Tab, item = "", fields: Readonly<Record<string, string>> = {}): string {
  const set = Object.entries(fields).filter(([, value]) => value !== "");
  const query = new URLSearchParams(set).toString();
  return `#/${tab}${item === "" ? "" : `/${encodeURIComponent(item)}`}${query === "" ? "" : `?${query}`}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
