import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "apps/proxy/.examples");

function documents(): readonly string[] {
  const readmes = ["packages", "apps"].flatMap((top) =>
    readdirSync(join(root, top)).map((name) => join(root, top, name, "README.md")),
  );
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(root, "docs", name));
  return [join(root, "README.md"), ...readmes, ...docs];
}

/** The TypeScript blocks of a document. */
function blocksOf(file: string): readonly string[] {
  return [...readFileSync(file, "utf8").matchAll(/^```ts\n(?<code>[\s\S]*?)^```/gmu)].map(
    (match) => match.groups?.["code"] ?? "",
  );
}

/** The first line of a block that shows a file of an example, which is compiled and tested there. */
const shownFile = /^\/\/ (?<path>examples\/\S+)\n/u;

const shown = documents().flatMap((file) =>
  blocksOf(file).flatMap((code) => {
    const path = shownFile.exec(code)?.groups?.["path"];
    return path === undefined ? [] : [{ page: relative(root, file), path, code: code.replace(shownFile, "") }];
  }),
);

it.each(shown)("$page shows $path as it is", ({ path, code }) => {
  expect(code).toBe(readFileSync(join(root, path), "utf8"));
});

it("every example in a README or a page of docs compiles", { timeout: 60_000 }, () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packages = readdirSync(join(root, "packages"));
  const unscoped = new Set(["modelyard", "create-modelyard"]);
  const names = packages.map((name) => (unscoped.has(name) ? name : `@modelyard/${name}`));
  const paths = Object.fromEntries(
    packages.flatMap((name, index) => {
      const source = join(root, "packages", name, "src");
      return [
        [names[index]!, [join(source, "index.ts")]],
        [`${names[index]!}/*`, [join(source, "*.ts"), join(source, "*/index.ts")]],
      ];
    }),
  );
  let count = 0;
  for (const file of documents()) {
    for (const [index, code] of blocksOf(file).entries()) {
      count += 1;
      // It compiles with its example.
      if (shownFile.test(code)) continue;
      const name = `${relative(root, file).replaceAll(/[/.]/gu, "-")}-${String(index)}.ts`;
      writeFileSync(join(folder, name), `${code}\nexport {};\n`);
    }
  }
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: "../../../tsconfig.base.json",
      compilerOptions: { paths, noUnusedLocals: false },
      include: ["*.ts"],
    }),
  );
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const { stdout } = spawnSync(process.execPath, [join(root, "node_modules/typescript-7/bin/tsc"), "-p", folder], {
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true, force: true });
  expect(stdout).toBe("");
  expect(count).toBeGreaterThanOrEqual(packages.length);
});

describe("a package's README", () => {
  const published = ["packages", "apps"]
    .flatMap((top) => readdirSync(join(root, top)).map((name) => join(root, top, name)))
    // The page of the dashboard is a part of the proxy.
    .filter((path) => !path.endsWith("dashboard"))
    .map((path) => ({ path, ...(JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as { name: string }) }));

  it.each(published)(
    "begins with the package's name, says how to install it and what its examples need, and shows an example: $name",
    ({ path, name }) => {
      const text = readFileSync(join(path, "README.md"), "utf8");
      expect(text.startsWith(`# ${name}\n`)).toBe(true);
      const install = /^```sh\n(?<line>np[mx] [^\n]*)$/mu.exec(text)?.groups?.["line"] ?? "";
      const installed = install.split(" ");
      // `npm create x` installs `create-x`.
      expect(installed).toContain(installed[1] === "create" ? name.replace(/^create-/u, "") : name);
      const examples = [...text.matchAll(/^```ts\n[\s\S]*?^```/gmu)].join("\n");
      const imported = [...examples.matchAll(/ from "(?<name>(?:@[\w-]+\/)?[\w-]+)/gu)].map(
        (match) => match.groups?.["name"],
      );
      expect(imported.filter((other) => other !== "node" && !installed.includes(other ?? ""))).toEqual([]);
      expect(text).toMatch(/^```(?:ts|yaml|sh)\n/mu);
    },
  );
});

describe("the router's README", () => {
  it("names every option that is code; the others are in the table of settings", () => {
    const source = readFileSync(join(root, "packages/router/src/check-options.ts"), "utf8");
    const [rules = ""] = /: RulesOf<[\s\S]*?\n\};/u.exec(source) ?? [];
    const keys = [...rules.matchAll(/^ +(?<key>\w+)[:,]/gmu)].map((match) => match.groups?.["key"] ?? "");
    const named = readFileSync(join(root, "packages/router/README.md"), "utf8");
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter((key) => !named.includes(`\`${key}\``))).toEqual([]);
    expect(named).toContain("docs/settings.md");
  });

  it.each(readdirSync(join(root, "packages")))("has a table or a list of the package's options: %s", (name) => {
    expect(readFileSync(join(root, "packages", name, "README.md"), "utf8")).toMatch(/^\| .* \|$|^Parts: /mu);
  });
});
