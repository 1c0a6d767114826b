import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { check } from "../src/check.js";
import { checkReport } from "../src/check-report.js";
import { withoutColors } from "../src/terminal/paint.js";
import { readShownPage } from "./support/shown-output.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-page-"));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it("docs/from-litellm.md shows what check prints about its file", async () => {
  const { files, shown } = readShownPage("from-litellm.md");
  const [text = ""] = files;
  for (const [, name = ""] of text.matchAll(/os\.environ\/(\w+)/gu)) vi.stubEnv(name, undefined);
  const file = join(folder, "config.yaml");
  writeFileSync(file, text);
  const report = checkReport(await check(file, { env: false }), withoutColors)
    .replaceAll(file, "config.yaml")
    .trim();
  expect(shown("npx modelyard check config.yaml --no-env")).toEqual([`${report}\n`]);
});
