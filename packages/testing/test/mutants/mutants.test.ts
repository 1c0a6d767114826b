import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly ancestorTitles: readonly string[]; readonly status: string }[];
  }[];
}

/** By the title of the suite: how many of its tests failed. */
const failures = new Map<string, number>();
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "modelyard-mutants-"));
  const outputFile = join(folder, "report.json");
  const manifest = createRequire(import.meta.url).resolve("vitest/package.json");
  const vitest = join(manifest, "..", "vitest.mjs");
  const config = join(import.meta.dirname, "vitest.config.ts");
  const args = [vitest, "run", "--config", config, "--reporter=json", `--outputFile=${outputFile}`];
  // The exit code is 1, since tests of the mutants fail.
  await new Promise((resolve) => {
    execFile(process.execPath, args, { env: { PATH: process.env["PATH"] } }, resolve);
  });
  const { testResults } = JSON.parse(await readFile(outputFile, "utf8")) as Report;
  const broken = testResults.map(({ message }) => message).join("");
  if (broken !== "") throw new Error(broken);
  for (const { ancestorTitles, status } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    const title = ancestorTitles[0] ?? "";
    failures.set(title, (failures.get(title) ?? 0) + (status === "failed" ? 1 : 0));
  }
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

it("conformance suites pass for correct implementations", () => {
  const right = [...failures].filter(([title]) => title.startsWith("right: "));
  expect(right.map(([title]) => title.split(" ").at(-1))).toEqual(
    expect.arrayContaining([
      "Cache",
      "Callback",
      "CooldownPolicy",
      "Filter",
      "Provider",
      "SharedState",
      "Strategy",
      "Surface",
    ]),
  );
  expect(right.filter(([, count]) => count > 0)).toEqual([]);
});

it("conformance suites fail for every mutant", () => {
  const wrong = [...failures].filter(([title]) => title.startsWith("wrong: "));
  expect(wrong.length).toBeGreaterThan(125);
  expect(wrong.filter(([, count]) => count === 0).map(([title]) => title)).toEqual([]);
});
