import type { Path } from "./path.js";
import type { Finding } from "./findings.js";

export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = "os.environ/";

function isText(entry: unknown): entry is string | number | boolean {
  return typeof entry === "string" || typeof entry === "number" || typeof entry === "boolean";
}

/**
 * What `environment_variables` adds. Its values may refer to the outer environment and to each other; one that refers
 * to its own name means the outer one.
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

/** The value with every `os.environ/NAME` replaced; what is not set is found. */
export function resolveEnvironment(value: unknown, environment: Environment, path: Path, missing: Finding[]): unknown {
  if (typeof value === "string") {
    if (!value.startsWith(prefix)) return value;
    const name = value.slice(prefix.length).trim();
    const resolved = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (resolved === undefined || resolved === "") {
      missing.push({ path, message: `the environment variable ${name} is not set. Set it, or write the value here.` });
    }
    return resolved;
  }
  if (Array.isArray(value))
    return value.map((item, index) => resolveEnvironment(item, environment, [...path, index], missing));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolveEnvironment(item, environment, [...path, key], missing)]),
  );
}
