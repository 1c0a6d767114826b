import { sha256Hex } from "@modelyard/core/kit";

/** An id for a call that came without one. The same facts give the same id. */
export function callId(facts: readonly (number | string)[]): string {
  return `call_${sha256Hex(facts.join("\n")).slice(0, 22)}`;
}

/**
 * Ids of tool calls in one conversation, as the target takes them: letters, digits, `_` and `-`, no two the same. Other
 * vendors' hold dots and colons, or begin anew with every turn. The same ids give the same ids in every request.
 */
export class ToolIds {
  /** What the latest call of each id is called now. */
  readonly #current = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** The number that the next call of an id is tried with, so that the same id over and over costs no search. */
  readonly #next = new Map<string, number>();

  ofCall(id: string): string {
    const clean = cleaned(id);
    const free = this.#taken.has(clean) ? this.#numbered(clean) : clean;
    this.#taken.add(free);
    this.#current.set(id, free);
    return free;
  }

  /** A result answers the latest call of its id. */
  ofResult(id: string): string {
    return this.#current.get(id) ?? cleaned(id);
  }

  #numbered(clean: string): string {
    let number = this.#next.get(clean) ?? 2;
    while (this.#taken.has(`${clean}_${String(number)}`)) number += 1;
    this.#next.set(clean, number + 1);
    return `${clean}_${String(number)}`;
  }
}

function cleaned(id: string): string {
  return id.replaceAll(/[^\w-]/gu, "_");
}
