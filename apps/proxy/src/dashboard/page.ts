import type { ExtraRoute, RouteResponse } from "@modelyard/gateway";

/** The files of the page. Built from `apps/dashboard`; in the bundle, they are read from `dashboard.json`. */
interface PageFiles {
  readonly html: string;
  readonly script: string;
  readonly style: string;
  readonly icon: string;
}

let files: Promise<PageFiles> | undefined;

/** Reads the files at the first visit, because most processes never have one. */
function pageFiles(): Promise<PageFiles> {
  files ??= import("@modelyard/dashboard/build").then(({ buildPage }) => buildPage());
  return files;
}

const headers = {
  "cache-control": "no-cache",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

function file(path: string, type: string, content: (all: PageFiles) => string): ExtraRoute {
  const handle = async (): Promise<RouteResponse> => ({
    status: 200,
    headers: { ...headers, "content-type": `${type}; charset=utf-8` },
    body: content(await pageFiles()),
  });
  return { method: "GET", path, open: true, handle };
}

/** For a value of an attribute in quotes. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/**
 * The page and its files. They contain nothing about this proxy, so that they need no key.
 * @param keyHeader - the header in which the page has to send the master key; not set: there is no key
 */
export function pageRoutes({ keyHeader }: { readonly keyHeader: string | undefined }): readonly ExtraRoute[] {
  return [
    file("/", "text/html", ({ html }) =>
      keyHeader === undefined ? html : html.replace("data-key", () => `data-key="${escaped(keyHeader)}"`),
    ),
    file("/dashboard/page.js", "text/javascript", ({ script }) => script),
    file("/dashboard/page.css", "text/css", ({ style }) => style),
    file("/dashboard/icon.svg", "image/svg+xml", ({ icon }) => icon),
  ];
}
