import { RouterError } from "@modelyard/core";

/** An error or warning about a configuration, with its place. */
export interface ConfigIssue {
  /**
   * E.g. `router_settings.num_retries` or `model_list[2].litellm_params.model`. Empty if it concerns no single value.
   */
  readonly path: string;
  /** What is wrong and how to fix it, in sentences. */
  readonly message: string;
  /** Empty if it concerns no file. */
  readonly file: string;
  /** From 1; 0 when the place is not in the text. */
  readonly line: number;
  /** From 1; 0 when the place is not in the text. */
  readonly column: number;
  /** Lets programs look for one kind of issue, e.g. `unknown_setting`, without parsing messages. */
  readonly kind?: string;
}

/** Formats one issue as a line, the way compilers do: `file:line:column path: message`. */
export function formatIssue(issue: ConfigIssue): string {
  const { path, message, file, line } = issue;
  const place = line === 0 ? file : placeOf(issue);
  return `${place === "" ? "" : `${place} `}${path === "" ? "" : `${path}: `}${message}`;
}

/** Further places with the same message are only counted. */
const mostPlaces = 20;

/** Formats issues as lines. Issues with the same message share a line, which ends with the other places. */
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

/** The issues at other places in the text. A value that YAML aliases repeat is written, and shown, only once. */
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
  return other.path === "" ? where : `${other.path} (${where})`;
}

/** Limit for the lines of one error message: it is printed to the log, where nobody would read more. */
const mostLines = 100;
/** Limit for the issues that an error holds. A file of four megabytes can have more than a million. */
const mostIssues = 1_000;

/** Thrown for an invalid configuration, with all of its errors. Its `kind` is `invalid_option`. */
export class ConfigError extends RouterError {
  /** The first thousand issues. */
  readonly issues: readonly ConfigIssue[];
  /** How many issues there are in all. */
  readonly count: number;

  constructor(issues: readonly ConfigIssue[], count = issues.length) {
    const lines = formatIssues(issues.slice(0, mostLines)).map((line) => `  ${line}`);
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

/** Replaces the warnings beyond the limit by one that counts them. A file of four megabytes can cause a million. */
export function withoutExcess(warnings: readonly ConfigIssue[]): readonly ConfigIssue[] {
  const [first] = warnings;
  if (first === undefined || warnings.length <= mostIssues) return warnings;
  const rest = `there are ${String(warnings.length - mostIssues)} more warnings, which are not shown.`;
  return [...warnings.slice(0, mostIssues), { path: "", message: rest, file: first.file, line: 0, column: 0 }];
}
