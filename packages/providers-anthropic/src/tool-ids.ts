import { badRequest } from "./refuse.js";

/**
 * The ids of a conversation's tool calls, in the form that Anthropic accepts: unique, with letters, digits, `_` and `-` only.
 * Those of other vendors may contain dots and colons, or start again in every turn.
 */
export class ToolIds {
  /** For each original id: the new id of its latest call. */
  readonly #current = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** For each id: the number to try for the next call, so that an id that is used often needs no search. */
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

  /** A result belongs to the latest call with its id. */
  ofResult(id: unknown): string {
    const given = checked(id, "A tool message has no tool_call_id.");
    return this.#current.get(given) ?? given.replaceAll(/[^\w-]/gu, "_");
  }
}

function checked(id: unknown, problem: string): string {
  if (typeof id === "string" && id !== "") return id;
  throw badRequest("messages", problem);
}
