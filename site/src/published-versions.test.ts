import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addVersion, versionsIn } from "./published-versions.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "modelyard-versions-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Builds a site of one page, which says for which address it was built. */
const builder =
  (text: string) =>
  (base: string): Promise<string> => {
    const built = join(folder, "built");
    rmSync(built, { recursive: true, force: true });
    mkdirSync(built);
    writeFileSync(join(built, `${text}.html`), `${text} at ${base}`);
    return Promise.resolve(built);
  };

const read = (file: string): string => readFileSync(join(folder, "site", file), "utf8");

it("keeps every version in its own folder, and the newest at the root", async () => {
  const site = join(folder, "site");
  await addVersion(site, "0.9.0", builder("old"), "/modelyard/");
  expect(read("old.html")).toBe("old at /modelyard/");
  await addVersion(site, "0.10.0", builder("new"), "/modelyard/");
  expect(read("new.html")).toBe("new at /modelyard/");
  expect(read("v0.10.0/new.html")).toBe("new at /modelyard/v0.10.0/");
  expect(read("v0.9.0/old.html")).toBe("old at /modelyard/v0.9.0/");
  expect(() => read("old.html")).toThrow("ENOENT");
  expect(versionsIn(site)).toEqual(["v0.10.0", "v0.9.0"]);
  expect(read("versions.html").indexOf("v0.10.0")).toBeLessThan(read("versions.html").indexOf("v0.9.0"));
});

it("leaves the root alone if an earlier version is built again", async () => {
  const site = join(folder, "site");
  await addVersion(site, "1.0.0", builder("new"), "/");
  await addVersion(site, "0.9.1", builder("old"), "/");
  expect(read("new.html")).toBe("new at /");
  expect(read("v0.9.1/old.html")).toBe("old at /v0.9.1/");
  expect(versionsIn(site)).toEqual(["v1.0.0", "v0.9.1"]);
});
