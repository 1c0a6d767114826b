import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLlmComply, runLlmComply } from "./llm-comply.js";

let folder: string;
let program: string;
const server = { origin: "http://127.0.0.1:1", key: "key", model: "model" };

/** A program that prints this, and exits with this code. */
function write(output: string, code: number): void {
  writeFileSync(program, `#!/bin/sh\necho "$@" >&2\necho '${output}'\nexit ${String(code)}\n`);
  chmodSync(program, 0o755);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "modelyard-comply-"));
  program = join(folder, "llm-comply");
  write("", 0);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("llm-comply", () => {
  it("is the program that MODELYARD_LLM_COMPLY names, or the one in the PATH", () => {
    expect(findLlmComply({ MODELYARD_LLM_COMPLY: program, PATH: "" })).toBe(program);
    expect(findLlmComply({ PATH: ["/none", folder].join(delimiter) })).toBe(program);
    expect(findLlmComply({ PATH: "/none" })).toBeUndefined();
    expect(() => findLlmComply({ MODELYARD_LLM_COMPLY: "/none", PATH: folder })).toThrow("is /none, which is not");
  });

  it("reports its results, also if some of its tests failed", async () => {
    const results = [{ id: "a", name: "A", status: "failed", errors: ["no id"] }];
    write(JSON.stringify({ results }), 1);
    expect(await runLlmComply(program, "chat", server)).toEqual(results);
  });

  it("throws an error with what it printed if it could not run", async () => {
    write("", 2);
    await expect(runLlmComply(program, "messages", server)).rejects.toThrow("--format anthropic");
  });
});
