import type { Path } from "./document.js";
import type { Finding } from "./validate.js";

export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = "os.environ/";

/** What `environment_variables` adds; its own values may refer to the outer environment. */
export function ownEnvironment(value: unknown, outer: Environment): Record<string, string> {
  const added: Record<string, string> = {};
  if (typeof value !== "object" || value === null) return added;
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry !== "string" && typeof entry !== "number" && typeof entry !== "boolean") continue;
    const text = String(entry);
    const resolved = text.startsWith(prefix) ? outer[text.slice(prefix.length)] : text;
    if (resolved !== undefined) added[name] = resolved;
  }
  return added;
}

/** The value with every `os.environ/NAME` replaced; what is not set is found. */
export function resolveEnvironment(value: unknown, environment: Environment, path: Path, missing: Finding[]): unknown {
  if (typeof value === "string") {
    if (!value.startsWith(prefix)) return value;
    const name = value.slice(prefix.length);
    const resolved = environment[name];
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
