import { badRequest } from "./refuse.js";

/**
 * Ids of the tool calls of one conversation, as Anthropic takes them: letters, digits, `_` and `-`, no two the same.
 * Other vendors' hold dots and colons, or begin anew with every turn.
 */
export class ToolIds {
  /** What the latest call of each id is called now. */
  readonly #current = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** The number that the next call of an id is tried with, so that the same id over and over costs no search. */
  readonly #next = new Map<string, number>();

  ofCall(id: unknown): string {
    const given = checked(id, "A tool call has no id.");
    const clean = given.replaceAll(/[^\w-]/gu, "_");
    const free = this.#taken.has(clean) ? this.#numbered(clean) : clean;
    this.#taken.add(free);
    this.#current.set(given, free);
    return free;
  }

  #numbered(clean: string): string {
    let number = this.#next.get(clean) ?? 2;
    while (this.#taken.has(`${clean}_${String(number)}`)) number += 1;
    this.#next.set(clean, number + 1);
    return `${clean}_${String(number)}`;
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
