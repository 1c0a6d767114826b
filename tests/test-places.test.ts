import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Every `src` folder of a package or an app. */
const sourceFolders = ["packages", "apps"].flatMap((top) =>
  readdirSync(join(root, top))
    .map((name) => join(root, top, name, "src"))
    .filter((folder) => existsSync(folder)),
);
const files = sourceFolders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
);
const testName = /^(?<subject>[^.]+)(?:\.[a-z-]+)?\.test(?:-d)?\.ts$/u;

/** Whether a test has the name of a file beside it, or of its folder if that has an index. */
function hasSubject(path: string): boolean {
  const subject = testName.exec(basename(path))?.groups?.["subject"] ?? "";
  const folder = dirname(path);
  if (existsSync(join(folder, `${subject}.ts`))) return true;
  return subject === basename(folder) && existsSync(join(folder, "index.ts"));
}

/** What a file imports that only tests need. */
const testOnly = /from "(?:vitest|fast-check|@modelyard\/repo-tests[^"]*|@modelyard\/testing[^"]*)"/u;
/** The proxy's demo serves a scripted upstream; the testing package is made of test helpers. */
const mayImportTestHelpers = new Set(["apps/proxy/src/demo.ts"]);

describe("the src folder of a package", () => {
  it("has only tests named after a file or folder beside them; other tests belong in the package's test folder", () => {
    const tests = files.filter((path) => /\.test(?:-d)?\.ts$/u.test(path));
    expect(tests.length).toBeGreaterThan(100);
    expect(tests.filter((path) => !hasSubject(path)).map((path) => relative(root, path))).toEqual([]);
  });

  it("has no test helpers; they belong in the package's test/support or in @modelyard/testing", () => {
    const helpers = files
      .filter((path) => path.endsWith(".ts") && !/\.test(?:-d)?\.ts$/u.test(path))
      .map((path) => relative(root, path))
      .filter((path) => !path.startsWith("packages/testing/") && !mayImportTestHelpers.has(path))
      .filter(
        (path) =>
          /\/(?:__fixtures__|__mutants__|test|support)\//u.test(path) ||
          testOnly.test(readFileSync(join(root, path), "utf8")),
      );
    expect(helpers).toEqual([]);
  });
});
