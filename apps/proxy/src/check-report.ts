import type { CheckResult } from "./check.js";
import { columns } from "./terminal/columns.js";
import { counted, issueLines } from "./terminal/issue-lines.js";
import { type Paint, printable } from "./terminal/paint.js";

function verdict({ file, valid, errorCount, warnings, unserved }: CheckResult, paint: Paint): string {
  if (!valid) {
    const also = warnings.length === 0 ? "" : `, ${counted(warnings.length, "warning")}`;
    return paint("red", `${file} is not valid: ${counted(errorCount, "error")}${also}.`);
  }
  const limits = [
    ...(unserved === 0 ? [] : [`without ${counted(unserved, "deployment")} that cannot be called here`]),
    ...(warnings.length === 0 ? [] : [`with ${counted(warnings.length, "warning")}`]),
  ];
  return paint("green", `${[`${file} is valid`, ...limits].join(", ")}.`);
}

/** Formats the result of a check for people. */
export function checkReport(result: CheckResult, paint: Paint): string {
  const { errors, errorCount, warnings, groups, modules } = result;
  const reported = new Set(warnings.map(({ kind }) => kind));
  const assumed = reported.has("unset_variable") ? [] : result.assumed;
  const issues = [...issueLines("error", errors, paint), ...issueLines("warning", warnings, paint)];
  const hidden = errorCount - errors.length;
  const rows = groups.map(({ name, deployments, strategy }) => [
    `  ${paint("bold", printable(name))}`,
    counted(deployments, "deployment"),
    printable(strategy),
  ]);
  return [
    ...issues,
    ...(hidden === 0 ? [] : [`and ${String(hidden)} more`]),
    ...(issues.length === 0 ? [] : [""]),
    verdict(result, paint),
    ...columns(rows),
    ...columns(modules.map(({ part, module }) => [`  ${printable(module)}`, printable(part)])),
    ...(assumed.length === 0 ? [] : ["", `Not set here, and assumed to be set: ${assumed.join(", ")}.`]),
    "",
  ].join("\n");
}
