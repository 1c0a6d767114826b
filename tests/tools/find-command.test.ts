import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCommand } from "./find-command.js";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "modelyard-commands-"));
  for (const name of ["tool", "readme"]) writeFileSync(join(folder, name), "");
  chmodSync(join(folder, "tool"), 0o755);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("the command of a tool", () => {
  it("is found in the folder named by MODELYARD_TOOLS, and only there", () => {
    expect(findCommand("tool", { MODELYARD_TOOLS: folder, PATH: "" })).toBe(join(folder, "tool"));
    expect(findCommand("tool", { MODELYARD_TOOLS: join(folder, "none"), PATH: folder })).toBeUndefined();
  });

  it("is found in the PATH if MODELYARD_TOOLS is not set", () => {
    expect(findCommand("tool", { PATH: ["/none", folder].join(delimiter) })).toBe(join(folder, "tool"));
  });

  it("is not a file that cannot be executed", () => {
    expect(findCommand("readme", { PATH: folder })).toBeUndefined();
  });
});
