import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import { comparePage } from "./compare-page.js";
import { conformancePage, rowsOf, tableOf } from "./page.js";
import { withTable } from "./readme-table.js";
import { resultsOf } from "./results.js";

const file = fileURLToPath(new URL("../../../docs/conformance.md", import.meta.url));
const readme = fileURLToPath(new URL("../../../README.md", import.meta.url));

/** Prints the table at the end of a run, and compares it to the page or, with `-u`, writes the page and the README's table. */
// oxlint-disable-next-line import/no-default-export -- vitest reads a reporter from there
export default class TableReporter implements Reporter {
  #update = false;

  onInit(vitest: Vitest): void {
    this.#update = vitest.config.snapshotOptions.updateSnapshot === "all";
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const results = resultsOf(modules);
    const rows = rowsOf(results);
    const { missing, different } = comparePage(existsSync(file) ? readFileSync(file, "utf8") : "", rows);
    write(`\n${tableOf(rows)}`);
    for (const row of missing) write(`SKIPPED: ${row}. docs/conformance.md says what it needs.`);
    if (this.#update && missing.length === 0) {
      writeFileSync(file, conformancePage(results));
      writeFileSync(readme, withTable(readFileSync(readme, "utf8"), rows));
      write("Wrote docs/conformance.md, and the table in README.md.");
    } else if (this.#update) fail("docs/conformance.md was not written, since it would lose the skipped rows.");
    else if (different.length > 0) fail(`docs/conformance.md has other results: ${different.join("; ")}. Run with -u.`);
  }
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(line: string): void {
  write(line);
  process.exitCode = 1;
}
