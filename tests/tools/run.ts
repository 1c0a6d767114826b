// `npm run tools [-- --direct] [-- TOOL WIRE SCENARIO]`: runs coding tools through the built proxy, in front of scripted
// vendors of every wire. Nothing leaves the machine. Fails (exit code 1) if a tool does not do what the scenario expects.
// The tools are not dependencies: those in the PATH are used, or in the folder named by MODELYARD_TOOLS, for example
// the `node_modules/.bin` of a folder where they were installed. A tool that is not installed is skipped.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { claudeCodes } from "./clients/claude-code.js";
import { codexes } from "./clients/codex.js";
import { opencodes } from "./clients/opencode.js";
import { findCommand } from "./find-command.js";
import { type Cell, type Result, runCell } from "./run-cell.js";
import { runProgram } from "./run-program.js";
import { scenarios } from "./scenarios.js";
import { table } from "./table.js";
import { type Tool, wireNames } from "./tool.js";

const { values, positionals } = parseArgs({ options: { direct: { type: "boolean" } }, allowPositionals: true });
const direct = values.direct ?? false;
const [toolPattern = /(?:)/u, wirePattern = /(?:)/u, scenarioPattern = /(?:)/u] = positionals.map(
  (pattern) => new RegExp(pattern, "iu"),
);

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

const tools = [...claudeCodes, ...codexes, ...opencodes].filter(({ title }) => toolPattern.test(title));
const chosen = scenarios.filter((scenario) => scenarioPattern.test(scenario.name) && (!direct || scenario.direct));
const missing = new Set<string>();
const versions = new Map<string, string>();

function cellsOf(tool: Tool): readonly Cell[] {
  const command = findCommand(tool.command);
  if (command === undefined) {
    missing.add(tool.command);
    return [];
  }
  const wires = wireNames.filter((wire) => wirePattern.test(wire) && (!direct || wire === tool.wire));
  return wires.flatMap((wire) => chosen.map((scenario) => ({ tool, command, wire, scenario, direct })));
}

async function versionOf(command: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "modelyard-tools-"));
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder };
  const { stdout } = await runProgram({ command, args: ["--version"], folder, env, timeoutMs: 30_000 });
  rmSync(folder, { recursive: true, force: true });
  return stdout.trim();
}

const cells = tools.flatMap(cellsOf);
for (const { tool, command } of cells)
  if (!versions.has(tool.command)) versions.set(tool.command, await versionOf(command));
const results = new Map<Cell, Result>();
for (const cell of cells) {
  const name = `${cell.tool.title}, ${cell.wire} vendor, ${cell.scenario.name}`;
  const result = await runCell(cell);
  results.set(cell, result);
  write(`${result.wrong.length === 0 ? "ok  " : "FAIL"} ${name}`);
  for (const reason of result.wrong) write(`       ${reason}`);
  if (result.evidence !== undefined) write(`       Requests and outputs are in ${result.evidence}`);
}

if (results.size > 0) write(`\n${table(results)}`);
for (const [command, version] of versions) write(`${command}: ${version}`);
for (const command of missing)
  write(`\n!! "${command}" is not installed, neither in the PATH nor in MODELYARD_TOOLS: its runs were SKIPPED.`);
const failed = [...results.values()].filter(({ wrong }) => wrong.length > 0).length;
write(`\n${String(cells.length - failed)} of ${String(cells.length)} runs passed.`);
if (failed > 0) process.exitCode = 1;
