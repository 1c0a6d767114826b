import { type Path, showName } from "./path.js";
import type { Finding } from "./findings.js";
import { isSecretPath, placeholderProblem } from "./placeholder.js";

export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = "os.environ/";

function isText(entry: unknown): entry is string | number | boolean {
  return typeof entry === "string" || typeof entry === "number" || typeof entry === "boolean";
}

/**
 * The variables that `environment_variables` sets. Values may refer to the outer environment and to each other; a value
 * that refers to its own name gets the outer variable.
 */
export function ownEnvironment(block: unknown, outer: Environment): Record<string, string> {
  const entries = new Map(
    typeof block === "object" && block !== null
      ? Object.entries(block).flatMap(([name, entry]) => (isText(entry) ? [[name, String(entry)] as const] : []))
      : [],
  );
  const valueOf = (name: string, within: ReadonlySet<string>): string | undefined => {
    const entry = within.has(name) ? undefined : entries.get(name);
    if (entry === undefined) return outer[name];
    return entry.startsWith(prefix) ? valueOf(entry.slice(prefix.length), new Set([...within, name])) : entry;
  };
  const added: Record<string, string> = {};
  for (const name of entries.keys()) {
    const value = valueOf(name, new Set());
    if (value !== undefined) added[name] = value;
  }
  return added;
}

/** Other tools' notations for environment variables. Each pattern captures the variable's name. */
const foreignReferences: readonly RegExp[] = [
  // Shells and Docker Compose (the name may be followed by a default or an error), CI systems and Windows.
  /^\$\{(?<name>[A-Za-z_]\w*)(?::?[-=?+].*)?\}$/su,
  /^\$(?<name>[A-Z_][A-Z0-9_]*)$/u,
  /^\$\((?<name>[A-Za-z_]\w*)\)$/u,
  /^%(?<name>[A-Za-z_]\w*)%$/u,
  // Templates.
  /^\$?\{\{-?\s*(?:[\w.]*\.)?(?<name>[A-Za-z_]\w*)?.*\}\}$/su,
  // Near misses of LiteLLM's notation, and code of Python and JavaScript programs.
  /^os\.environ[.:]+(?<name>\w+)$/u,
  /^os\.(?:getenv|env)[/.:]+(?<name>\w+)$/u,
  /^os\.(?:environ\.get|getenv)\(["']?(?<name>\w+).*\)$/u,
  /^os\.environ\[["']?(?<name>\w+)["']?\]$/u,
  /^process\.env\.(?<name>\w+)$/u,
  /^env(?:iron)?[/:](?<name>\w+)$/u,
];

const addresses = /(?:^|_)(?:url|base|host|endpoint)$/u;
/** A reference within an address. A `$` before an `@` does not count, since it may be part of a password. */
const embedded = /\$\{[A-Za-z_][^}]*\}|\{\{[^}]*\}\}|\$[A-Za-z_]\w*(?!.*@)/u;

/** Settings that users commonly take from the environment: keys, addresses and account-specific names. */
const fromEnvironment =
  /(?:^|_)(?:key|keys|secret|token|password|username|url|base|host|endpoint|version|organization|model|dsn)$/u;
/** Sections in which any value may come from the environment. */
const sectionsFromEnvironment = new Set(["environment_variables", "extra_headers", "headers"]);

function mayBeReference(path: Path): boolean {
  const keys = path.filter((part) => typeof part === "string");
  return fromEnvironment.test(keys.at(-1) ?? "") || keys.some((key) => sectionsFromEnvironment.has(key));
}

/** The variable that another tool would substitute, or `undefined` if the string contains none. */
function foreignReference(text: string): string | undefined {
  for (const notation of foreignReferences) {
    const groups = notation.exec(text.trim())?.groups;
    if (groups !== undefined) return groups["name"] ?? "NAME";
  }
  return undefined;
}

/** A value of the file that is taken from an environment variable. */
export interface EnvironmentReference {
  readonly path: Path;
  readonly name: string;
  readonly isSet: boolean;
}

export interface Resolution {
  /**
   * Supplies a value for the setting at this path if its variable is not set.
   * @defaultValue the variable is reported in `missing`
   */
  readonly assume?: ((path: Path, name: string) => string | undefined) | undefined;
  /** All values that are taken from variables. */
  readonly references: EnvironmentReference[];
  /** Variables that are not set. */
  readonly missing: Finding[];
  /** Values in another tool's notation. */
  readonly foreign: Finding[];
  /** Secrets that were copied from an example. */
  readonly placeholders: Finding[];
}

/** Replaces every `os.environ/NAME` in a value, and adds what it cannot replace to the lists of the resolution. */
export function resolveEnvironment(
  value: unknown,
  environment: Environment,
  resolution: Resolution,
  path: Path = [],
): unknown {
  if (typeof value === "string") return resolveText(value, environment, resolution, path);
  if (Array.isArray(value))
    return value.map((item, index) => resolveEnvironment(item, environment, resolution, [...path, index]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      resolveEnvironment(item, environment, resolution, [...path, key]),
    ]),
  );
}

/** The error for a string in another tool's notation, or `undefined` if the string is not in one. */
function foreignNotation(text: string, path: Path): string | undefined {
  const meant = foreignReference(text);
  if (meant !== undefined)
    return `this looks like a variable in another tool's notation, which is not replaced here. Write os.environ/${meant}.`;
  const isAddress = addresses.test(path.findLast((part) => typeof part === "string") ?? "");
  const [part] = (isAddress ? embedded.exec(text) : undefined) ?? [];
  if (part === undefined) return undefined;
  return `${part} looks like a variable in another tool's notation, which is not replaced here. Put the whole URL into one variable, and write os.environ/ and its name.`;
}

function resolveText(
  text: string,
  environment: Environment,
  { assume, references, missing, foreign, placeholders }: Resolution,
  path: Path,
): string | undefined {
  const noteSecret = (value: string, from?: string): void => {
    const message = isSecretPath(path) ? placeholderProblem(value, from) : undefined;
    if (message !== undefined) placeholders.push({ path, message });
  };
  if (!text.startsWith(prefix)) {
    const message = mayBeReference(path) ? foreignNotation(text, path) : undefined;
    if (message === undefined) noteSecret(text);
    else foreign.push({ path, message });
    return text;
  }
  const name = text.slice(prefix.length).trim();
  const resolved = Object.hasOwn(environment, name) ? environment[name] : undefined;
  const isSet = resolved !== undefined && resolved !== "";
  references.push({ path, name, isSet });
  if (isSet) {
    noteSecret(resolved, showName(name));
    return resolved;
  }
  if (assume !== undefined) return assume(path, name);
  const message = `the environment variable ${showName(name)} is not set. ${isSecretPath(path) ? "Set it." : "Set it, or write the value here."}`;
  missing.push({ path, message });
  return resolved;
}
