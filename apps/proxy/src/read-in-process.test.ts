import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReadRequest } from "modelyard";
import { afterAll, describe, expect, it } from "vitest";
import { readInProcess } from "./read-in-process.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-reader-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const request: ReadRequest = {
  source: { file: "config.yaml" },
  env: {},
  lenient: false,
  strict: false,
  assumeEnvironment: false,
  includeFrom: [],
};

function program(name: string, code: string): string {
  const entry = join(folder, `${name}.mjs`);
  writeFileSync(entry, code);
  return entry;
}

describe("reading a configuration file in another process", () => {
  it.each([
    ["hangs", "for (;;);", "config.yaml: it could not be read within 0.3 s."],
    ["waits for something that never comes", "setInterval(() => {}, 1000);", "could not be read within 0.3 s."],
  ])("fails when the process %s", async (name, code, message) => {
    await expect(readInProcess(request, { entry: program(name, code), limitMs: 300 })).rejects.toThrow(message);
  });

  it.each([
    ["ends", "process.exit(3);", "config.yaml: the process that reads it exited with code 3."],
    ["throws", "throw new TypeError('of our own');", "the process that reads it exited with code 1."],
    [
      "needs too much memory at once",
      "const all = []; for (;;) all.push(new Array(1e6).fill(0.5).map((each) => ({ each })));",
      "the process that reads it exited with ",
    ],
    ["cannot be started", undefined, "the process that reads it exited with code 1."],
  ])("is refused when the process %s", async (name, code, message) => {
    const entry = code === undefined ? join(folder, "absent.mjs") : program(name, code);
    await expect(readInProcess(request, { entry, maxMegabytes: 64 })).rejects.toMatchObject({
      kind: "invalid_option",
      message: expect.stringContaining(message) as string,
    });
  });

  it("resolves with the answer of the process", async () => {
    const echo = "process.once('message', (request) => process.send(request));";
    expect(await readInProcess(request, { entry: program("answers", echo) })).toEqual(request);
  });
});
