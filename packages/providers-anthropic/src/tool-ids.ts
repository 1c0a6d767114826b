import { badRequest } from "./refuse.js";

/**
 * Ids of the tool calls of one conversation, as Anthropic takes them: letters, digits, `_` and `-`, no two the same.
 * Other vendors' hold dots and colons, or begin anew with every turn.
 */
export class ToolIds {
  /** What the latest call of each id is called now. */
  readonly #current = new Map<string, string>();
  readonly #taken = new Set<string>();

  ofCall(id: unknown): string {
    const given = checked(id, "A tool call has no id.");
    const clean = given.replaceAll(/[^\w-]/gu, "_");
    let free = clean;
    for (let number = 2; this.#taken.has(free); number += 1) free = `${clean}_${String(number)}`;
    this.#taken.add(free);
    this.#current.set(given, free);
    return free;
  }

  /** A result answers the latest call of its id. */
  ofResult(id: unknown): string {
    const given = checked(id, "A tool message has no tool_call_id.");
    return this.#current.get(given) ?? given.replaceAll(/[^\w-]/gu, "_");
  }
}

function checked(id: unknown, problem: string): string {
  if (typeof id === "string" && id !== "") return id;
  throw badRequest("messages", problem);
}
