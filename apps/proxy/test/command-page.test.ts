import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { check, type CheckOptions } from "../src/check.js";
import { checkReport } from "../src/check-report.js";
import type { Finding } from "../src/doctor/call-deployments.js";
import { doctorReport } from "../src/doctor/doctor-report.js";
import { explainFile } from "../src/explain/explain.js";
import { explainReport } from "../src/explain/explain-report.js";
import { init } from "../src/init/init.js";
import { withoutColors } from "../src/terminal/paint.js";
import { readShownPage } from "./support/shown-output.js";

const { files, shown } = readShownPage("command.md");
const folder = mkdtempSync(join(tmpdir(), "modelyard-page-"));
const file = join(folder, "config.yaml");
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(file, { force: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The YAML blocks of the page: what `init` writes, and the file of the other examples. */
const [written = "", example = ""] = files;

const asShown = (output: string): string => output.replaceAll(file, "config.yaml").replaceAll(/^\n+|\n+$/gu, "");

async function checked(text: string, options: CheckOptions): Promise<string> {
  writeFileSync(file, text);
  return asShown(checkReport(await check(file, options), withoutColors));
}

function withoutKeys(): void {
  for (const name of ["AZURE_KEY_EAST", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"]) vi.stubEnv(name, undefined);
}

const outcomes: readonly Finding[] = [
  {
    outcome: "ok",
    group: "gpt-4",
    id: "1",
    provider: "azure",
    model: "gpt-4",
    host: "eastus.openai.azure.com",
    apiKeyFrom: "os.environ/AZURE_KEY_EAST",
    operation: "chat",
    latencyMs: 812.4,
    remainingRequests: 999,
    remainingTokens: 149_860,
    costUsd: 0.00063,
    refusedFields: ["reasoning_effort"],
    droppedFields: [],
  },
  {
    outcome: "failed",
    group: "gpt-4",
    id: "2",
    provider: "openai",
    model: "gpt-4",
    host: "api.openai.com",
    apiKeyFrom: "os.environ/OPENAI_API_KEY",
    operation: "chat",
    latencyMs: 143.2,
    error: {
      kind: "authentication",
      status: 401,
      message: "openai answered 401: Incorrect API key provided.",
      fix: "Check the key in os.environ/OPENAI_API_KEY: api.openai.com does not accept it.",
    },
  },
  {
    outcome: "ok",
    group: "claude",
    id: "3",
    provider: "anthropic",
    model: "claude-sonnet-5",
    host: "api.anthropic.com",
    apiKeyFrom: "ANTHROPIC_API_KEY",
    operation: "chat",
    latencyMs: 655,
    remainingRequests: 3_999,
    remainingTokens: 400_000,
    costUsd: 0.00007,
    refusedFields: ["n", "seed", "logprobs"],
    droppedFields: [],
    wire: { operation: "messages", why: "the vendor does not have the caller's API" },
  },
];

describe("docs/command.md", () => {
  it("shows what init prints and writes", async () => {
    const keys = { OPENAI_API_KEY: "a", ANTHROPIC_API_KEY: "b" };
    for (const [name, value] of Object.entries(keys)) vi.stubEnv(name, value);
    const output = asShown(await init(file, keys, withoutColors));
    expect(shown("modelyard init")).toEqual([`${output}\n`]);
    expect(written).toBe(readFileSync(file, "utf8").replaceAll(file, "config.yaml"));
  });

  it("shows what check prints", async () => {
    withoutKeys();
    const wrong = example.replace("rpm: 1000", "rmp: 1000").replace("[claude]", "[cluade]");
    expect(shown("modelyard check config.yaml --no-env")).toEqual([
      `${await checked(example, { env: false })}\n`,
      `${await checked(wrong, { env: false })}\n`,
    ]);
  });

  it("shows what explain prints", async () => {
    withoutKeys();
    writeFileSync(file, example);
    const output = asShown(explainReport(await explainFile(file, { model: "claude" }), withoutColors));
    // The page shows only the first line of the defaults, because they grow with every setting.
    const shortened = output.replace(/(?<first>^ {2}defaults: .*\n {12}).*\n(?: {12}.*\n)*/mu, "$<first>...\n");
    expect(shown("modelyard explain config.yaml --model claude")).toEqual([`${shortened}\n`]);
  });

  it("shows what doctor prints", () => {
    const output = asShown(doctorReport(outcomes, withoutColors));
    expect(shown("modelyard doctor config.yaml --yes")).toEqual([`${output}\n`]);
  });
});
