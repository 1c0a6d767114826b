import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { templateNames, templates } from "../src/templates.js";
import { writeProject } from "../src/write-project.js";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const root = file("../../..");
/** Inside of the package, so that the projects find the packages that it links. */
const folder = file("../.generated");
const inCode = templateNames.filter((name) => name !== "proxy");

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")) as Manifest;

/** Runs a script with Node, without the variables of the tests that are running. @throws with its output if it fails */
async function runNode(...args: readonly string[]): Promise<void> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^VITEST|^NODE_ENV$/u.test(name)));
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...env, NO_COLOR: "1" } });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error((await output).join("\n"));
}

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const template of templateNames) writeProject({ folder: join(folder, template), template });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the generated projects", () => {
  it("pass their own tests", { timeout: 120_000 }, async () => {
    for (const name of inCode) expect(manifestOf(name).scripts["test"]).toBe("vitest run");
    const report = join(folder, "report.json");
    await runNode(
      join(root, "node_modules/vitest/vitest.mjs"),
      "run",
      `--root=${folder}`,
      `--config=${file("support/linked.config.ts")}`,
      "--reporter=json",
      `--outputFile=${report}`,
    );
    const { testResults, numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, "utf8")) as {
      readonly testResults: readonly { readonly name: string }[];
      readonly numPassedTests: number;
      readonly numTotalTests: number;
    };
    const tested = new Set(testResults.map(({ name }) => name.slice(folder.length + 1).split("/")[0]));
    expect(tested).toEqual(new Set(inCode));
    expect(numPassedTests).toBe(numTotalTests);
  });

  it("compile with their own settings", { timeout: 120_000 }, async () => {
    const [first = "router"] = inCode;
    const settings = readFileSync(join(folder, first, "tsconfig.json"), "utf8");
    for (const name of inCode) expect(readFileSync(join(folder, name, "tsconfig.json"), "utf8")).toBe(settings);
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: `./${first}/tsconfig.json`,
        compilerOptions: {
          customConditions: ["@modelyard/source"],
          // Sources of our packages need these; users compile against their declarations.
          lib: ["es2023", "dom", "dom.asynciterable"],
          erasableSyntaxOnly: false,
        },
        include: ["*/src"],
      }),
    );
    await runNode(join(root, "node_modules/typescript-7/bin/tsc"), "-p", folder);
  });
});

describe("the templates", () => {
  const catalog = parse(readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")) as {
    readonly catalog: Readonly<Record<string, string>>;
  };

  it.each(templateNames)("depend on the versions that this repository tests with: %s", (name) => {
    const { dependencies, devDependencies = {} } = manifestOf(name);
    const { version } = JSON.parse(readFileSync(file("../package.json"), "utf8")) as { readonly version: string };
    for (const [dependency, range] of Object.entries({ ...dependencies, ...devDependencies })) {
      const ours = catalog.catalog[dependency === "typescript" ? "typescript-7" : dependency]?.replace(/^npm:.*@/u, "");
      expect([dependency, range]).toEqual([dependency, `^${dependency.startsWith("@modelyard/") ? version : ours}`]);
    }
  });

  it("contain no file that npm would not publish, or would publish under another name", () => {
    const names = readdirSync(file("../templates"), { recursive: true, encoding: "utf8" }).map((path) =>
      basename(path),
    );
    expect(
      names.filter((name) => name.startsWith(".") || /^(?:npm-debug\.log|package-lock\.json)$/u.test(name)),
    ).toEqual([]);
  });

  it("are all used", () => {
    const layers = new Set(templateNames.flatMap((name) => templates[name].layers));
    expect([...layers].toSorted()).toEqual(readdirSync(file("../templates")).toSorted());
  });

  it("are all in the README", () => {
    const readme = readFileSync(file("../README.md"), "utf8");
    for (const name of templateNames) expect(readme).toContain(`| \`${name}\``);
  });
});
