import { RouterError } from "@modelyard/core";

/** Something wrong or odd in a configuration, and where. */
export interface ConfigIssue {
  /** E.g. `router_settings.num_retries`, `model_list[2].litellm_params.model`. */
  readonly path: string;
  /** What is wrong and how to fix it, in sentences. */
  readonly message: string;
  readonly file: string;
  /** From 1; 0 when the place is not in the text. */
  readonly line: number;
  /** From 1; 0 when the place is not in the text. */
  readonly column: number;
}

/** One issue on one line, as compilers write it. */
export function formatIssue({ path, message, file, line, column }: ConfigIssue): string {
  const place = line === 0 ? file : `${file}:${String(line)}:${String(column)}`;
  return `${place} ${path === "" ? "" : `${path}: `}${message}`;
}

/** Everything that is wrong with a configuration, at once. */
export class ConfigError extends RouterError {
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    const count = issues.length === 1 ? "1 problem" : `${String(issues.length)} problems`;
    super({
      kind: "invalid_option",
      message: `The configuration has ${count}:\n${issues.map((issue) => `  ${formatIssue(issue)}`).join("\n")}`,
    });
    this.name = "ConfigError";
    this.issues = issues;
  }
}
