import { type Cell, wireNames } from "../support/cells.js";
import type { CellResult } from "./results.js";

/** A row of the table: the results of a suite and a caller's wire, in front of each vendor. */
export type Row = readonly string[];

/** The results as rows, sorted by suite and caller. A row of which nothing ran is omitted. */
export function rowsOf(results: readonly CellResult[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const { suite, caller } of results.toSorted(bySuite)) {
    const cells = results.filter((result) => result.suite === suite && result.caller === caller);
    if (cells.every(({ passed, failed }) => passed + failed.length === 0)) continue;
    const found = wireNames.map((wire) => cells.find(({ vendor }) => vendor === wire));
    rows.set(`${suite}, ${caller}`, [suite, caller, ...found.map(shown)]);
  }
  return [...rows.values()];
}

function bySuite(one: Cell, other: Cell): number {
  return (
    one.suite.localeCompare(other.suite) ||
    wireNames.indexOf(one.caller) - wireNames.indexOf(other.caller) ||
    wireNames.indexOf(one.vendor) - wireNames.indexOf(other.vendor)
  );
}

/** For example `13`, `11 of 13`, or `9, 2 skipped`. */
function shown(result: CellResult | undefined): string {
  if (result === undefined) return "";
  const { passed, failed, skipped } = result;
  const counted = failed.length === 0 ? String(passed) : `${String(passed)} of ${String(passed + failed.length)}`;
  return skipped === 0 ? counted : `${counted}, ${String(skipped)} skipped`;
}

/** Rows as a table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  return markdownTable(["Suite", "Caller", ...wireNames.map((wire) => `Vendor of ${wire}`)], rows);
}

export function markdownTable(head: Row, rows: readonly Row[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: Row): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** The rows of the table in a page. */
export function rowsIn(page: string): readonly Row[] {
  const lines = page.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The tests that failed, as a list. */
function failuresOf(results: readonly CellResult[]): readonly string[] {
  return results
    .toSorted(bySuite)
    .flatMap(({ suite, caller, vendor, failed }) =>
      failed.map((test) => `- ${suite}, ${caller} in front of ${vendor}: ${test}.`),
    );
}

/** `docs/conformance.md` */
export function conformancePage(results: readonly CellResult[]): string {
  const failures = failuresOf(results);
  const listed = failures.length === 0 ? "" : `\n## What does not pass\n\n${failures.join("\n")}\n`;
  return `${introduction}\n${tableOf(rowsOf(results))}\n${listed}`;
}

const introduction = `# Conformance

What clients and tests of other projects say about the proxy. Callers and vendors speak three wires: Chat Completions (\`chat\`), Responses
(\`responses\`) and Anthropic's Messages (\`messages\`). Each row is a suite and the wire that it speaks; each column is the wire of the vendor
behind the proxy. Where they differ, the proxy translates. The numbers are tests that passed.

\`npm run conformance\` runs them. It writes this page and the table in the README with \`-u\`, and fails if the results differ from the
page otherwise. Vendors are scripted, so nothing leaves the machine.

- **SDKs** of OpenAI, Anthropic, Vercel and LangChain: each reads answers and streams, runs a tool and sends its result, gets JSON for a schema,
  shows what the model thought, and throws its own errors: for failures before and amid a stream, for unknown models and wrong keys.
- **published schemas**: answers, events and errors, validated against the specifications of OpenAI and Anthropic that llm-comply brings along.
- **llm-comply** 0.5.0 (\`pip install llm-comply==0.5.0\`): all of its tests. It must be in the \`PATH\`, or \`MODELYARD_LLM_COMPLY\` must be its
  path.
- **recorded answers** of vendors, from the AI SDK's tests, and **translations of agentgateway**, compared to ours. They run if
  \`MODELYARD_FIXTURES\` names the folder that holds them. What they look like, with values of our own, is tested without them, too
  (\`packages/wires/test/recorded-shapes.json\`).
`;
