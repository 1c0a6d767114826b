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

/** More places than these are counted, not named. */
const mostPlaces = 20;

/** Issues as lines, those that say the same in one: at the first place, with the others behind it. */
export function formatIssues(issues: readonly ConfigIssue[]): readonly string[] {
  const kinds = new Map<string, ConfigIssue[]>();
  for (const issue of issues) {
    const alike = kinds.get(issue.message);
    if (alike === undefined) kinds.set(issue.message, [issue]);
    else alike.push(issue);
  }
  return [...kinds.values()].map(([first, ...others]) => {
    const line = formatIssue(first as ConfigIssue);
    if (others.length === 0) return line;
    const places = others.slice(0, mostPlaces).map((other) => placeAfter(first as ConfigIssue, other));
    if (others.length > mostPlaces) places.push(`and ${String(others.length - mostPlaces)} more`);
    return `${line} Likewise: ${places.join(", ")}.`;
  });
}

function placeAfter({ file }: ConfigIssue, other: ConfigIssue): string {
  if (other.line === 0) return other.path;
  const where = `${other.file === file ? "" : `${other.file}:`}${String(other.line)}:${String(other.column)}`;
  return `${other.path} (${where})`;
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
