import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReadRequest } from "modelyard";
import { afterAll, describe, expect, it } from "vitest";
import { readInThread } from "./read-in-thread.js";

const folder = mkdtempSync(join(tmpdir(), "modelyard-thread-"));
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

function thread(name: string, code: string): string {
  const entry = join(folder, `${name}.mjs`);
  writeFileSync(entry, code);
  return entry;
}

describe("reading a file in a thread", () => {
  it.each([
    ["hangs", "for (;;);", "config.yaml: it could not be read within 0.3 s."],
    ["waits for something that never comes", "setInterval(() => {}, 1000);", "could not be read within 0.3 s."],
  ])("is given up when the thread %s", async (name, code, message) => {
    await expect(readInThread(request, { entry: thread(name, code), limitMs: 300 })).rejects.toThrow(message);
  });

  it.each([
    ["ends", "process.exit(3);", "config.yaml: the thread that reads it ended with code 3."],
    ["throws", "throw new TypeError('of our own');", "the thread that reads it failed: of our own"],
    [
      "needs too much memory",
      "const all = []; for (;;) all.push(new Array(1e5).fill({}));",
      "more than 16 MB of memory.",
    ],
    ["cannot be started", undefined, "the thread that reads it failed: Cannot find module"],
  ])("is refused when the thread %s", async (name, code, message) => {
    const entry = code === undefined ? join(folder, "absent.mjs") : thread(name, code);
    await expect(readInThread(request, { entry, maxMegabytes: 16 })).rejects.toMatchObject({
      kind: "invalid_option",
      message: expect.stringContaining(message) as string,
    });
  });

  it("resolves with what the thread answers", async () => {
    const echo = "import { parentPort, workerData } from 'node:worker_threads'; parentPort.postMessage(workerData);";
    expect(await readInThread(request, { entry: thread("answers", echo) })).toEqual(request);
  });
});
