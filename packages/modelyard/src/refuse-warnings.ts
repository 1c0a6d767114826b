import { type ConfigIssue, formatIssue } from "@modelyard/config-yaml";
import { createError } from "@modelyard/core/kit";

/** @throws `invalid_option` with all warnings, if there are any */
export function refuseWarnings(warnings: readonly ConfigIssue[]): void {
  if (warnings.length === 0) return;
  const count = warnings.length === 1 ? "1 warning" : `${String(warnings.length)} warnings`;
  const lines = warnings.map((warning) => `  ${formatIssue(warning)}`).join("\n");
  throw createError({
    kind: "invalid_option",
    message: `The configuration has ${count}, which strict does not allow:\n${lines}`,
  });
}
