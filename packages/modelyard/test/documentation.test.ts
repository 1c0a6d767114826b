import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { routerFromYaml } from "../src/router-from-yaml.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** All environment variables that the examples name. */
const env = Object.fromEntries(
  [
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "AZURE_API_KEY",
    "AZURE_KEY_EAST",
    "AZURE_KEY_WEST",
    "LITELLM_MASTER_KEY",
    "REDIS_PASSWORD",
    "LANGFUSE_PUBLIC_KEY",
    "LANGFUSE_SECRET_KEY",
  ].map((name) => [name, "x"]),
);
const variables = { ...env, SENTRY_DSN: "http://key@127.0.0.1:9/1" };

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "AGENTS.md",
  ...["packages", "apps", "examples"].flatMap((top) =>
    readdirSync(join(root, top)).map((name) => `${top}/${name}/README.md`),
  ),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
].filter((name) => existsSync(join(root, name)));

const read = (page: string): string => readFileSync(join(root, page), "utf8");

/** The first line of a file that has warnings, which the page explains; another test compares what `check` says of it. */
const withWarnings = "# A file for LiteLLM's proxy";

/** In the guide, every block is a complete file; elsewhere, only those with a model list are. */
const examples = pages.flatMap((page) =>
  [...read(page).matchAll(/^```yaml\n(?<text>[\s\S]*?)^```/gmu)]
    .map((match) => match.groups?.["text"] ?? "")
    .filter((text) => page.startsWith("docs/guide/") || text.includes("model_list:"))
    .filter((text) => !text.startsWith(withWarnings))
    .map((text, index) => [`${page} ${String(index + 1)}`, text] as const),
);

describe("the documentation's YAML", () => {
  it.each(examples)("in %s starts a router without a warning", async (_, text) => {
    const yaml = await routerFromYaml(text, { env: variables });
    expect(yaml.warnings).toEqual([]);
    expect(yaml.router.models().length).toBeGreaterThan(0);
    await yaml.close();
  });
});

describe("the guide", () => {
  const guide = pages.filter((page) => page.startsWith("docs/guide/") && !page.endsWith("best-practices.md"));

  it.each(guide)("%s shows every example in TypeScript and YAML", (page) => {
    for (const language of ["ts", "yaml"]) expect(read(page)).toContain(`\`\`\`${language}\n`);
  });
});

describe("the documentation's links", () => {
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?<to>[^)#\s]+)(?:#[^)]*)?\)/gu)]
      .map((match) => match.groups?.["to"] ?? "")
      .filter((to) => !/^[a-z]+:/u.test(to))
      .map((to) => [page, to] as const),
  );

  it.each(links)("in %s lead to existing targets: %s", (page, to) => {
    const target = resolve(root, dirname(page), to);
    expect(relative(root, target).startsWith("..")).toBe(false);
    expect(existsSync(target)).toBe(true);
  });

  it("reach every page from the index", () => {
    const index = read("docs/README.md");
    const unlinked = pages.filter(
      (page) => page.startsWith("docs/") && page !== "docs/README.md" && !index.includes(`(${page.slice(5)})`),
    );
    expect(unlinked).toEqual([]);
  });
});
