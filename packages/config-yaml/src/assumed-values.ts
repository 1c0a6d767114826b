import type { Path } from "./path.js";

/** Hosts that can never be reached. Source: RFC 2606. */
const nowhere = "environment.invalid";

/**
 * What stands for a variable that is not set when a file is only looked at: something of the right kind.
 * @returns `undefined` where nothing of the kind has to be there
 */
export function assumedValue(path: Path, name: string): string | undefined {
  if (path.includes("environment_variables") || path.includes("extra_headers")) return name;
  const key = path.findLast((part) => typeof part === "string") ?? "";
  if (/(?:^|_)(?:url|base|endpoint|dsn)$/u.test(key)) return `https://${nowhere}`;
  if (/(?:^|_)host$/u.test(key)) return nowhere;
  if (key === "model") return `openai/${name}`;
  return /(?:^|_)(?:key|secret|token|password|username|name)$/u.test(key) ? name : undefined;
}
