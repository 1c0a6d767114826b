import { columns } from "../terminal/columns.js";
import { counted } from "../terminal/issue-lines.js";
import { type Paint, printable } from "../terminal/paint.js";
import type { Finding } from "./call-deployments.js";

function dollars(sum: number | undefined): string {
  return sum === undefined ? "" : `$${sum.toFixed(6)}`;
}

function amount(count: number | undefined): string {
  return count === undefined ? "" : count.toLocaleString("en");
}

function nameOf({ provider, model, host }: Finding): string {
  return printable(`${provider}/${model}${host === undefined ? "" : ` at ${host}`}`);
}

/** The name of a deployment below the table: with its group, if another one has the same name. */
function namedAmong(findings: readonly Finding[]): (finding: Finding) => string {
  const names = findings.map((finding) => nameOf(finding));
  const again = new Set(names.filter((name, position) => names.indexOf(name) !== position));
  return (finding) => {
    const name = nameOf(finding);
    return again.has(name) ? `${printable(finding.group)}: ${name}` : name;
  };
}

const colors = { ok: "green", failed: "red", skipped: "yellow" } as const;

function table(findings: readonly Finding[], paint: Paint): readonly string[] {
  const head = ["GROUP", "DEPLOYMENT", "RESULT", "LATENCY", "REQUESTS LEFT", "TOKENS LEFT", "COST"];
  const rows = findings.map((finding) => [
    printable(finding.group),
    nameOf(finding),
    paint(colors[finding.outcome], finding.outcome),
    finding.latencyMs === undefined ? "" : `${String(Math.round(finding.latencyMs))} ms`,
    amount(finding.remainingRequests),
    amount(finding.remainingTokens),
    dollars(finding.costUsd),
  ]);
  return columns([head.map((cell) => paint("dim", cell)), ...rows]);
}

/** Findings with the same text, together. */
function notes(title: string, findings: readonly Finding[], noteOf: (finding: Finding) => string): readonly string[] {
  const name = namedAmong(findings);
  const rows = findings.flatMap((finding) => {
    const note = noteOf(finding);
    return note === "" ? [] : [[`  ${name(finding)}`, printable(note)]];
  });
  return rows.length === 0 ? [] : ["", title, ...new Set(columns(rows))];
}

function failures(findings: readonly Finding[], paint: Paint): readonly string[] {
  const name = namedAmong(findings);
  return findings.flatMap((finding) => {
    const { error } = finding;
    if (error === undefined) return [];
    const fix = error.fix === undefined ? [] : [`  ${printable(error.fix)}`];
    return ["", `${paint("red", name(finding))}: ${printable(error.message)}`, ...fix];
  });
}

/** The total of what is known, in US dollars. */
export function totalCost(findings: readonly Finding[]): number {
  return findings.reduce((sum, { costUsd = 0 }) => sum + costUsd, 0);
}

/** Formats the findings for people. */
export function doctorReport(findings: readonly Finding[], paint: Paint): string {
  const called = findings.filter(({ outcome }) => outcome !== "skipped");
  const good = called.filter(({ outcome }) => outcome === "ok");
  const verdict = `${String(good.length)} of ${counted(called.length, "deployment")} answered, for ${dollars(totalCost(findings))}.`;
  return [
    ...table(findings, paint),
    ...failures(findings, paint),
    ...notes("Not called:", findings, ({ reason = "" }) => reason),
    ...notes("Fields that are refused:", findings, ({ refusedFields = [] }) => refusedFields.join(", ")),
    ...notes("Configured fields that were dropped:", findings, ({ droppedFields = [] }) => droppedFields.join(", ")),
    ...notes("Calls over another API of the vendor:", findings, ({ operation, wire }) =>
      wire === undefined || wire.operation === operation
        ? ""
        : `${operation} goes over ${wire.operation}, because ${wire.why}`,
    ),
    "",
    paint(good.length === called.length ? "green" : "red", verdict),
    "",
  ].join("\n");
}
