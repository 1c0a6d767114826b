import { RouterError } from "@modelyard/core";

/** Something wrong or odd in a configuration, and where. */
export interface ConfigIssue {
  /** E.g. `router_settings.num_retries`, `model_list[2].litellm_params.model`. Empty: it is about no single value. */
  readonly path: string;
  /** What is wrong and how to fix it, in sentences. */
  readonly message: string;
  /** Empty: it is about no file. */
  readonly file: string;
  /** From 1; 0 when the place is not in the text. */
  readonly line: number;
  /** From 1; 0 when the place is not in the text. */
  readonly column: number;
  /** For programs that look for one kind of issue, e.g. `unknown_setting`. */
  readonly kind?: string;
}

/** One issue on one line, as compilers write it. */
export function formatIssue(issue: ConfigIssue): string {
  const { path, message, file, line } = issue;
  const place = line === 0 ? file : placeOf(issue);
  return `${place === "" ? "" : `${place} `}${path === "" ? "" : `${path}: `}${message}`;
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
  return [...kinds.values()].map(([first, ...alike]) => {
    const line = formatIssue(first as ConfigIssue);
    const others = elsewhere(first as ConfigIssue, alike);
    if (others.length === 0) return line;
    const places = others.slice(0, mostPlaces).map((other) => placeAfter(first as ConfigIssue, other));
    if (others.length > mostPlaces) places.push(`and ${String(others.length - mostPlaces)} more`);
    return `${line} Likewise: ${places.join(", ")}.`;
  });
}

/** Those with a place of their own: what an anchor of YAML repeats is written once. */
function elsewhere(first: ConfigIssue, alike: readonly ConfigIssue[]): readonly ConfigIssue[] {
  const places = new Set([placeOf(first)]);
  return alike.filter((issue) => {
    const place = placeOf(issue);
    if (issue.line !== 0 && places.has(place)) return false;
    places.add(place);
    return true;
  });
}

function placeOf({ file, line, column }: ConfigIssue): string {
  return `${file}:${String(line)}:${String(column)}`;
}

function placeAfter({ file }: ConfigIssue, other: ConfigIssue): string {
  if (other.line === 0) return other.path;
  const where = `${other.file === file ? "" : `${other.file}:`}${String(other.line)}:${String(other.column)}`;
  return `${other.path} (${where})`;
}

/** Most lines of one message: the log has to print it, and nobody reads more. */
const mostLines = 100;
/** Most issues that are kept. A file of four megabytes can have more than a million. */
const mostIssues = 1_000;

/** Everything that is wrong with a configuration, at once. */
export class ConfigError extends RouterError {
  /** The first thousand. */
  readonly issues: readonly ConfigIssue[];
  /** How many there are in all. */
  readonly count: number;

  constructor(issues: readonly ConfigIssue[], count = issues.length) {
    const lines = issues.slice(0, mostLines).map((issue) => `  ${formatIssue(issue)}`);
    if (count > mostLines) lines.push(`  ... and ${String(count - mostLines)} more.`);
    super({
      kind: "invalid_option",
      message: `The configuration has ${problems(count)}:\n${lines.join("\n")}`,
    });
    this.name = "ConfigError";
    this.issues = issues.slice(0, mostIssues);
    this.count = count;
  }
}

function problems(count: number): string {
  return count === 1 ? "1 problem" : `${String(count)} problems`;
}

/** Warnings about one file, of which a file of four megabytes can cause a million as well. */
export function withoutExcess(warnings: readonly ConfigIssue[]): readonly ConfigIssue[] {
  const [first] = warnings;
  if (first === undefined || warnings.length <= mostIssues) return warnings;
  const rest = `there are ${String(warnings.length - mostIssues)} more warnings, which are not shown.`;
  return [...warnings.slice(0, mostIssues), { path: "", message: rest, file: first.file, line: 0, column: 0 }];
}
