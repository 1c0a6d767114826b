import { invalidRequest } from "./refuse.js";

/** Longer ids are shortened: replacing their characters could take seconds. */
const longestId = 64;
/** How many characters of a long id are hashed, at its beginning and at its end. */
const mostHashed = 512;

/**
 * The ids of a conversation's tool calls, in the form that Anthropic accepts: unique, with letters, digits, `_` and `-` only.
 * Those of other vendors may contain dots and colons, or start again in every turn.
 */
export class ToolIds {
  /** For each original id: the new id of its latest call. */
  #current: Map<string, string> | undefined;
  #taken: Set<string> | undefined;
  /** For each id: the number to try for the next call, so that an id that is used often needs no search. */
  #next: Map<string, number> | undefined;

  ofCall(id: unknown): string {
    const given = checked(id, "A tool call has no id.");
    const clean = cleanOf(given);
    const taken = (this.#taken ??= new Set());
    const free = taken.has(clean) ? this.#numbered(clean, taken) : clean;
    taken.add(free);
    (this.#current ??= new Map()).set(given, free);
    return free;
  }

  #numbered(clean: string, taken: ReadonlySet<string>): string {
    const next = (this.#next ??= new Map<string, number>());
    let number = next.get(clean) ?? 2;
    while (taken.has(`${clean}_${String(number)}`)) number += 1;
    next.set(clean, number + 1);
    return `${clean}_${String(number)}`;
  }

  /** A result belongs to the latest call with its id. */
  ofResult(id: unknown): string {
    const given = checked(id, "A tool message has no tool_call_id.");
    return this.#current?.get(given) ?? cleanOf(given);
  }
}

/** An id in characters that Anthropic accepts. Different ids may become the same. */
function cleanOf(id: string): string {
  const text = id.length <= longestId ? id : `${id.slice(0, longestId - 9)}_${hashOf(id)}`;
  return text.replaceAll(/[^\w-]/gu, "_");
}

/** FNV-1a in hex. */
function hashOf(text: string): string {
  let hash = 0x811c_9dc5 ^ text.length;
  for (const piece of [text.slice(0, mostHashed), text.slice(-mostHashed)])
    for (let index = 0; index < piece.length; index += 1) hash = Math.imul(hash ^ piece.charCodeAt(index), 0x0100_0193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function checked(id: unknown, problem: string): string {
  if (typeof id === "string" && id !== "") return id;
  throw invalidRequest("messages", problem);
}
