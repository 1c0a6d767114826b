import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { WireName } from "./cells.js";

/** The program as it is installed: the path that `MODELYARD_LLM_COMPLY` has, or found in the `PATH`. */
export function findLlmComply(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env["MODELYARD_LLM_COMPLY"];
  if (named !== undefined) {
    if (isExecutable(named)) return named;
    throw new Error(
      `MODELYARD_LLM_COMPLY is ${named}, which is not an executable file. Set it to the path of llm-comply.`,
    );
  }
  const folders = (env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, "llm-comply")).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What llm-comply calls the wires. */
const formats: Readonly<Record<WireName, string>> = {
  chat: "openai-chat",
  responses: "open-responses",
  messages: "anthropic",
};

export interface ComplianceResult {
  readonly id: string;
  readonly name: string;
  readonly status: "failed" | "passed" | "skipped";
  readonly errors?: readonly string[];
  readonly warnings?: readonly string[];
}

export interface ComplianceServer {
  /** Without `/v1`. */
  readonly origin: string;
  readonly key: string;
  readonly model: string;
}

/** Runs all its tests of a wire. */
export async function runLlmComply(
  command: string,
  wire: WireName,
  { origin, key, model }: ComplianceServer,
): Promise<readonly ComplianceResult[]> {
  const args = ["--format", formats[wire], "--base-url", `${origin}/v1`, "--api-key", key, "--model", model, "--json"];
  const vendor = wire === "messages" ? ["--header", "anthropic-version:2023-06-01"] : [];
  const output = await run(command, [...args, ...vendor]);
  return (JSON.parse(output) as { readonly results: readonly ComplianceResult[] }).results;
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      // It exits with 1 if a test failed.
      if (error === null || (error.code === 1 && stdout.startsWith("{"))) resolve(stdout);
      else reject(new Error(`llm-comply failed: ${stderr}`, { cause: error }));
    });
  });
}
