import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderProblem, ownVersion, packageNameOf, writeProject } from "./write-project.js";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "create-modelyard-"));
});
afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

describe("writeProject", () => {
  it("names the package after the folder, and takes the version of this package for Modelyard's", () => {
    const folder = join(parent, "My Strategy");
    const files = writeProject({ folder, template: "strategy" });
    expect(files).toContain(join("src", "index.test.ts"));
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      name: "my-strategy",
      dependencies: { "@modelyard/core": `^${ownVersion()}` },
    });
    const readme = readFileSync(join(folder, "README.md"), "utf8");
    expect(readme).toMatch(/^# my-strategy\n/u);
    expect(readme).toContain('from "my-strategy"');
  });

  it("writes hidden files under their own names", () => {
    const folder = join(parent, "app");
    writeProject({ folder, template: "router" });
    expect(readdirSync(folder)).toEqual(expect.arrayContaining([".gitignore", ".env.example"]));
    expect(readFileSync(join(folder, ".gitignore"), "utf8")).toContain("\n.env\n");
  });

  it("writes into an empty folder, also into a new Git repository", () => {
    const folder = join(parent, "app");
    mkdirSync(join(folder, ".git"), { recursive: true });
    writeProject({ folder, template: "cache" });
    expect(existsSync(join(folder, "package.json"))).toBe(true);
  });

  it("overwrites nothing", () => {
    writeFileSync(join(parent, "notes.txt"), "mine");
    expect(() => writeProject({ folder: parent, template: "router" })).toThrow(
      /is not empty \(notes\.txt\)\. Nothing is overwritten: choose another folder\.$/u,
    );
    expect(readdirSync(parent)).toEqual(["notes.txt"]);
  });

  it("reports a folder that cannot be created", () => {
    writeFileSync(join(parent, "file"), "");
    expect(folderProblem(join(parent, "file"))).toMatch(/"[^"]+" is not a folder\. Choose another name\.$/u);
    expect(() => writeProject({ folder: join(parent, "file", "app"), template: "router" })).toThrow("is not a folder");
  });
});

describe.runIf(process.platform === "linux")("writeProject below /proc", () => {
  // In a process of its own, since Node's recursive mkdir would never return, and no timeout of a test could end it.
  it("reports that the folder cannot be created, and ends", () => {
    const module = JSON.stringify(new URL("write-project.ts", import.meta.url).href);
    const code = `
      import { registerHooks } from "node:module";
      registerHooks({ resolve: (name, context, next) => next(name.replace(/^(\\..*)\\.js$/u, "$1.ts"), context) });
      const { writeProject } = await import(${module});
      writeProject({ folder: "/proc/none/app", template: "router" });
    `;
    const args = ["--experimental-strip-types", "--input-type=module", "-e", code];
    const { stderr, signal } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 20_000 });
    expect(signal).toBeNull();
    expect(stderr).toContain('The project cannot be written to "/proc/none/app"');
  });
});

describe("packageNameOf", () => {
  it.each([
    ["my-app", "my-app"],
    ["work/My App!", "my-app"],
    ["_hidden.", "hidden"],
    ["ünïcode", "n-code"],
    ["日本", "modelyard-app"],
  ])("makes a valid name of %s", (folder, name) => {
    expect(packageNameOf(folder)).toBe(name);
  });
});
