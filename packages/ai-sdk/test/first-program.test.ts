import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { refuses, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const program = readFileSync(file("support/first-program.ts"), "utf8");

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
  vi.stubEnv("OPENAI_API_KEY", "sk-1");
  vi.stubEnv("ANTHROPIC_API_KEY", "sk-2");
  vi.stubEnv("OPENAI_BASE_URL", `${upstream.url("openai")}/v1`);
  vi.stubEnv("ANTHROPIC_BASE_URL", `${upstream.url("anthropic")}/v1`);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await upstream.close();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

/** Runs the program. @returns what it writes */
async function run(): Promise<string> {
  let written = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written += String(text);
    return true;
  });
  await import("./support/first-program.js");
  return written;
}

describe("the first program of the documentation", () => {
  it.each(["../README.md", "../../../docs/ai-sdk.md", "../../../README.md"])(
    "is the first example for the SDK in %s, in less than fifteen lines",
    (page) => {
      const examples = readFileSync(file(page), "utf8").matchAll(/^```ts\n(?<code>[\s\S]*?)^```/gmu);
      const blocks = [...examples].map(({ groups }) => groups?.["code"] ?? "");
      const first = blocks.find((code) => code.includes("ai-sdk"));
      expect(first).toBe(program);
      expect(program.trimEnd().split("\n").length).toBeLessThan(15);
    },
  );

  it("streams from the first vendor", async () => {
    upstream.script({ host: "openai" }, replies("It scatters light."));
    expect(await run()).toContain("It scatters light.");
    expect(upstream.calls.map(({ host }) => host)).toEqual(["openai"]);
  });

  it("streams from the second vendor while the first one is out of quota", async () => {
    upstream.reset();
    upstream.script({ host: "openai" }, refuses("insufficient_quota"));
    upstream.script({ host: "anthropic" }, replies("It scatters light."));
    expect(await run()).toContain("It scatters light.");
    expect(upstream.calls.map(({ host }) => host)).toEqual(["openai", "anthropic"]);
  });
});
