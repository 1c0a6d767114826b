import type { Test } from "../load/requests.js";
import { bars, type Bar, judge, mostIdleMb, type Observation, type Verdict } from "./bars.js";

const cellWidth = 30;
const signs = { "at least": ">=", "at most": "<=" } as const;

function verdictCell({ sense, digits }: Pick<Bar, "sense" | "digits">, limit: number, verdict: Verdict): string {
  const { mean, error, passed, close } = verdict;
  const measured = `${mean.toFixed(digits)} ±${Number.isNaN(error) ? "?" : error.toFixed(digits)}`;
  return `${measured} ${signs[sense]} ${String(limit)} ${passed ? "pass" : "FAIL"}${close ? " (close)" : ""}`;
}

/**
 * One line per test, with a cell per bar: the mean over the starts, its standard error, and whether it reaches the bar.
 * @param idleMb - the memory of processes that served nothing
 */
export function barsTable(
  results: ReadonlyMap<Test, readonly Observation[]>,
  idleMb: readonly number[],
): { readonly text: string; readonly failed: number } {
  const nameWidth = Math.max(...[...results.keys()].map(({ name }) => name.length)) + 2;
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(nameWidth)}${cells.map((cell) => cell.padEnd(cellWidth)).join("")}`.trimEnd();
  const lines = [
    line(
      "",
      bars.map(({ title }) => title),
    ),
  ];
  let judged = 0;
  let failed = 0;
  const cellOf = (bar: Pick<Bar, "sense" | "digits">, limit: number, values: readonly number[]): string => {
    const verdict = judge(bar.sense, limit, values);
    judged += 1;
    if (!verdict.passed) failed += 1;
    return verdictCell(bar, limit, verdict);
  };
  for (const [test, observations] of results) {
    const cells = bars.map((bar) => {
      const limit = bar.limit(test);
      return limit === undefined ? "" : cellOf(bar, limit, observations.map(bar.read));
    });
    lines.push(line(test.name, cells));
  }
  lines.push(line("MB, idle", [cellOf({ sense: "at most", digits: 0 }, mostIdleMb, idleMb)]));
  const summary = `${String(judged - failed)} of ${String(judged)} bars are reached.`;
  return { text: `${lines.join("\n")}\n\n${summary}\n`, failed };
}
