import type { RouterError } from "@modelyard/core";

/** Groups named in a message; a chain has rarely more. */
const mostGroups = 8;
const longestName = 100;

/** What errors said before their attempts were counted: a provider may throw the same error again and again. */
const originals = new WeakMap<RouterError, string>();

/**
 * Lets the message of a failed request end in how many attempts were made in which group, where there were several:
 * `... (4 attempts: gpt-4 x3, spare x1)`. Its beginning stays as it was, since clients match that.
 */
export function countAttempts(error: RouterError): void {
  const { attempts } = error;
  if (attempts.length < 2 || error.blame === "caller") return;
  const groups = new Map<string, number>();
  for (const { group } of attempts) groups.set(group, (groups.get(group) ?? 0) + 1);
  const named = [...groups].slice(0, mostGroups).map(([group, count]) => `${group.slice(0, longestName)} x${count}`);
  if (groups.size > mostGroups) named.push("...");
  const said = originals.get(error) ?? error.message;
  originals.set(error, said);
  const { message, stack } = error;
  error.message = `${said} (${String(attempts.length)} attempts: ${named.join(", ")})`;
  // The stack quotes the message that the error was made with, and is what consoles print.
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}
