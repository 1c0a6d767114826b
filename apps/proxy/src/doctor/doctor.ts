import { createInterface } from "node:readline/promises";
import { silentLogger } from "@modelyard/core";
import { createError } from "@modelyard/core/kit";
import { routerFromYaml, type YamlRouter } from "modelyard";
import { counted } from "../terminal/issue-lines.js";
import { paintFor, printable } from "../terminal/paint.js";
import { callDeployments, type Finding } from "./call-deployments.js";
import { doctorReport, totalCost } from "./doctor-report.js";
import { type PlannedCall, planCalls } from "./plan-calls.js";

export interface DoctorOptions {
  /** Only the deployments that would serve this name. @defaultValue all */
  readonly model?: string;
  /** Whether to call without asking. */
  readonly yes?: boolean;
  readonly concurrency?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly lenient?: boolean;
  readonly includeFrom?: readonly string[];
  readonly json?: boolean;
}

/** Printed by `modelyard doctor --json`. */
export interface DoctorResult {
  readonly file: string;
  /** Whether every deployment that was called has answered. */
  readonly ok: boolean;
  readonly costUsd: number;
  readonly deployments: readonly Finding[];
}

const defaultConcurrency = 4;
const defaultTimeoutSeconds = 30;

/** E.g. `This calls 3 deployments once and costs at most $0.002.` */
function estimate(calls: readonly PlannedCall[]): string {
  const made = calls.filter(({ skipped }) => skipped === undefined);
  const total = made.reduce((sum, { mostCostUsd = 0 }) => sum + mostCostUsd, 0);
  const unknown = made.filter(({ mostCostUsd }) => mostCostUsd === undefined).length;
  const more = unknown === 0 ? "" : `, plus ${counted(unknown, "call")} with an unknown price`;
  return `This calls ${counted(made.length, "deployment")} once, each with a tiny prompt, and costs at most $${total.toFixed(4)}${more}.`;
}

/** @returns whether the user agrees. @throws if there is no terminal to ask */
async function agrees(calls: readonly PlannedCall[]): Promise<boolean> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY)
    throw createError({ kind: "invalid_option", message: `${estimate(calls)} Add --yes to do so.` });
  const lines = createInterface({ input: stdin, output: stderr });
  const answer = await lines.question(`${estimate(calls)} Continue? [y/N] `);
  lines.close();
  return /^y(?:es)?$/iu.test(answer.trim());
}

/** One line that is written again and again. Nothing is shown if standard error is not a terminal. */
function progressLine(total: number): {
  readonly show: (done: number, running: readonly PlannedCall[]) => void;
  readonly clear: () => void;
} {
  const { stderr } = process;
  if (!stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  return {
    show: (done, running) => {
      const names = running.map(({ deployment: { provider, model } }) => `${provider}/${model}`);
      const text = printable(`${String(done)} of ${String(total)} done, waiting for ${names.join(", ")}`);
      // A line that is as wide as the terminal would wrap, and its first part could not be cleared.
      stderr.write(`\r\u001B[K${text.slice(0, Math.max(20, stderr.columns - 1))}`);
    },
    clear: () => {
      stderr.write("\r\u001B[K");
    },
  };
}

/**
 * Calls every deployment once and prints what was found.
 * @returns the exit code: 1 if a deployment failed or the user did not agree
 * @throws if the file has errors, or if nothing would serve the name
 */
export async function doctor(file: string, options: DoctorOptions): Promise<number> {
  const { lenient = false, includeFrom = [] } = options;
  const yaml = await routerFromYaml({ file }, { offline: true, logger: silentLogger, lenient, includeFrom });
  try {
    return await examine(file, yaml, options);
  } finally {
    await yaml.close();
  }
}

async function examine(file: string, yaml: YamlRouter, options: DoctorOptions): Promise<number> {
  const { json = false, model } = options;
  const calls = planCalls(yaml, model);
  if (calls.length === 0)
    throw createError({
      kind: "invalid_option",
      message: `No deployment serves "${model ?? ""}". ${yaml.router.explain(model ?? "").hint}`.trimEnd(),
    });
  if (options.yes !== true && !(await agrees(calls))) return 1;
  const progress = progressLine(calls.length);
  const deployments = await callDeployments(yaml, calls, {
    concurrency: options.concurrency ?? defaultConcurrency,
    timeoutMs: (options.timeout ?? defaultTimeoutSeconds) * 1000,
    onProgress: progress.show,
  });
  progress.clear();
  const ok = deployments.every(({ outcome }) => outcome !== "failed");
  const result: DoctorResult = { file, ok, costUsd: totalCost(deployments), deployments };
  process.stdout.write(
    json ? `${JSON.stringify(result, null, 2)}\n` : doctorReport(deployments, paintFor(process.stdout)),
  );
  return ok ? 0 : 1;
}
