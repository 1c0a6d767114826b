import { rowsIn } from "./page.js";

export interface Comparison {
  /** Rows of the page that did not run. */
  readonly missing: readonly string[];
  /** Rows that ran, and that the page does not have like this. */
  readonly different: readonly string[];
}

/** Compares the rows of a run to those of the page. Not every machine can run all suites. */
export function comparePage(page: string, rows: readonly (readonly string[])[]): Comparison {
  const written = rowsIn(page);
  const named = ([suite = "", caller = ""]: readonly string[]): string => `${suite}, ${caller}`;
  const ran = new Set(rows.map(named));
  const known = new Set(written.map((row) => JSON.stringify(row)));
  return {
    missing: written.map(named).filter((name) => !ran.has(name)),
    different: rows.filter((row) => !known.has(JSON.stringify(row))).map(named),
  };
}
