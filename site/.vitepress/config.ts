import { readFileSync } from "node:fs";
import { defineConfig } from "vitepress";
import llmstxt from "vitepress-plugin-llms";
import { extendMarkdown } from "../src/markdown.ts";
import { sidebarOf } from "../src/sidebar.ts";

const repository = "https://github.com/modelyard/modelyard";
const description = "The LLM router for TypeScript: one name for many deployments of a model.";

const pageText = (name: string): string => readFileSync(new URL(`../.pages/${name}`, import.meta.url), "utf8");

/** The reference's sidebar, unless the site is built without it. */
function apiSidebar(): { text: string; link: string }[] {
  try {
    return JSON.parse(pageText("api/typedoc-sidebar.json")) as { text: string; link: string }[];
  } catch {
    return [];
  }
}

const { version } = JSON.parse(
  readFileSync(new URL("../../packages/modelyard/package.json", import.meta.url), "utf8"),
) as { version: string };

const api = apiSidebar();
// Releases are published below their version, beside the newest, which is at the root.
const base = process.env["DOCS_BASE"] ?? "/";

export default defineConfig({
  srcDir: ".pages",
  outDir: "dist",
  base,
  title: "Modelyard",
  titleTemplate: ":title · Modelyard",
  description,
  lang: "en",
  cleanUrls: true,
  lastUpdated: false,
  head: [
    ["link", { rel: "icon", type: "image/svg+xml", href: `${base}mark.svg` }],
    ["meta", { name: "theme-color", content: "#0f766e" }],
  ],
  markdown: { config: extendMarkdown, theme: { light: "github-light-high-contrast", dark: "github-dark" } },
  vite: {
    plugins: [llmstxt({ ignoreFiles: ["api/**/*"] })],
    build: { chunkSizeWarningLimit: 2_000 },
  },
  themeConfig: {
    logo: { src: "/mark.svg", alt: "" },
    search: {
      provider: "local",
      options: {
        detailedView: true,
        // The reference would be most of what readers load to search.
        _render: (text, env, markdown) => (env.relativePath.startsWith("api/") ? "" : markdown.render(text, env)),
      },
    },
    nav: [
      { text: "Guide", link: "/guide/basic-setup", activeMatch: "^/guide/" },
      { text: "From LiteLLM", link: "/from-litellm", activeMatch: "litellm" },
      { text: "Proxy", link: "/proxy" },
      { text: "Settings", link: "/settings" },
      ...(api.length === 0 ? [] : [{ text: "API", link: "/api/", activeMatch: "^/api/" }]),
      {
        text: version === "0.0.0" ? "Unreleased" : `v${version}`,
        items: [
          // Beside the versions, so that every one of them links to those that came later.
          { text: "All versions", link: "https://modelyard.github.io/modelyard/versions.html" },
          { text: "Releases", link: `${repository}/releases` },
          { text: "Contributing", link: `${repository}/blob/main/CONTRIBUTING.md` },
        ],
      },
    ],
    sidebar: { "/": sidebarOf(pageText("contents.md")), "/api/": [{ text: "API reference", items: api }] },
    outline: [2, 3],
    socialLinks: [{ icon: "github", link: repository }],
    editLink: {
      // The pages run this function, too, so that it cannot use the constants above.
      pattern: ({ frontmatter }) =>
        `https://github.com/modelyard/modelyard/edit/main/${String(frontmatter["editSource"])}`,
    },
    footer: { message: "MIT license" },
  },
});
