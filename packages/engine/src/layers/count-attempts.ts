import type { RouterError } from "@modelyard/core";

/** Limit for the groups that a message names. A fallback chain rarely has more. */
const mostGroups = 8;
const longestName = 100;

/**
 * Appends the attempts to the message of a failed request, if there were several,
 * e.g. `... (4 attempts: gpt-4 x3, spare x1; from openai/gpt-4o, status 500)`.
 */
export function countAttempts(error: RouterError): void {
  const { attempts } = error;
  if (attempts.length < 2 || error.blame === "caller") return;
  const groups = new Map<string, number>();
  for (const { group } of attempts) groups.set(group, (groups.get(group) ?? 0) + 1);
  const named = [...groups].slice(0, mostGroups).map(([group, count]) => `${group.slice(0, longestName)} x${count}`);
  if (groups.size > mostGroups) named.push("...");
  error.summarize(`${String(attempts.length)} attempts: ${named.join(", ")}${origin(error)}`);
}

/**
 * The provider and model that an error comes from, unless its message names them. A vendor's own message rarely does.
 */
function origin({ provider, model = "", upstream, reason }: RouterError): string {
  if (provider === undefined) return "";
  if (upstream === undefined && reason.includes(provider) && reason.includes(model)) return "";
  const status = upstream?.status === undefined ? "" : `, status ${String(upstream.status)}`;
  return `; from ${provider}/${model.slice(0, longestName)}${status}`;
}
