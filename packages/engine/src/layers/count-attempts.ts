import type { RouterError } from "@modelyard/core";

/** Most groups that a message names; a chain rarely has more. */
const mostGroups = 8;
const longestName = 100;

/**
 * Adds to the message of a failed request how many attempts each group had, if there were several, and which provider
 * and model it is from, e.g. `... (4 attempts: gpt-4 x3, spare x1; from openai/gpt-4o, status 500)`.
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

/** Whose error it is, unless its reason says so, which a vendor's own words rarely do. */
function origin({ provider, model = "", upstream, reason }: RouterError): string {
  if (provider === undefined) return "";
  if (upstream === undefined && reason.includes(provider) && reason.includes(model)) return "";
  const status = upstream?.status === undefined ? "" : `, status ${String(upstream.status)}`;
  return `; from ${provider}/${model.slice(0, longestName)}${status}`;
}
