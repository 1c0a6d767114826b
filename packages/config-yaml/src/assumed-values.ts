import type { Path } from "./path.js";

/** RFC 2606 reserves `.invalid`, so nothing ever answers at this host. */
const nowhere = "environment.invalid";

/**
 * A plausible value for a variable that is not set, for checking a file on a machine that does not have its secrets.
 * @returns `undefined` if the setting at this path is optional
 */
export function assumedValue(path: Path, name: string): string | undefined {
  if (path.includes("environment_variables") || path.includes("extra_headers")) return name;
  const key = path.findLast((part) => typeof part === "string") ?? "";
  if (/(?:^|_)(?:url|base|endpoint|dsn)$/u.test(key)) return `https://${nowhere}`;
  if (/(?:^|_)host$/u.test(key)) return nowhere;
  if (key === "model") return `openai/${name}`;
  return /(?:^|_)(?:key|secret|token|password|username|name)$/u.test(key) ? name : undefined;
}
