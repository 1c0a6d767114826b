import { wireNames } from "../support/cells.js";
import { markdownTable, type Row } from "./page.js";

const begin = "<!-- Written by `npm run conformance -- -u`: -->";
const end = "<!-- That was written. -->";

/** The rows of the page in short: one for each suite, in which a cell has the results of a caller in front of each vendor. */
function shortTable(rows: readonly Row[]): string {
  const suites = [...new Set(rows.map(([suite = ""]) => suite))];
  const cellOf = (suite: string, wire: string): string => {
    const row = rows.find(([name, caller]) => name === suite && caller === wire);
    return row === undefined
      ? ""
      : row
          .slice(2)
          .map((result) => result || "-")
          .join(" / ");
  };
  const head = ["Suite", ...wireNames.map((wire) => `Callers of ${wire}`)];
  return markdownTable(
    head,
    suites.map((suite) => [suite, ...wireNames.map((wire) => cellOf(suite, wire))]),
  );
}

/**
 * The README with the table of these results.
 * @throws if it does not have the two comments between which the table stands
 */
export function withTable(readme: string, rows: readonly Row[]): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from === -1 || to < from) throw new Error(`README.md must have the lines ${begin} and ${end} for the table.`);
  return `${readme.slice(0, from)}${begin}\n\n${shortTable(rows)}\n\n${readme.slice(to)}`;
}
