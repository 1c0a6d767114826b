import { sha256Hex } from "@modelyard/core/kit";

/** An id for a call that came without one. The same facts give the same id. */
export function callId(facts: readonly (number | string)[]): string {
  return `call_${sha256Hex(facts.join("\n")).slice(0, 22)}`;
}

/** Longer ids are shortened: replacing their characters could take seconds. */
const longestId = 64;
/** How many characters of a long id are hashed, at its beginning and at its end. */
const mostHashed = 512;

/**
 * Ids of tool calls in one conversation, as the target takes them: letters, digits, `_` and `-`, no two the same. Other
 * vendors' contain dots and colons, or start again in every turn. The same ids give the same ids in every request.
 */
export class ToolIds {
  /** For each original id: the new id of its latest call. */
  #current: Map<string, string> | undefined;
  #taken: Set<string> | undefined;
  /** For each id: the number to try for the next call, so that an id that is used often needs no search. */
  #next: Map<string, number> | undefined;

  ofCall(id: string): string {
    const clean = cleanOf(id);
    const taken = (this.#taken ??= new Set());
    const free = taken.has(clean) ? numbered(clean, taken, (this.#next ??= new Map<string, number>())) : clean;
    taken.add(free);
    (this.#current ??= new Map()).set(id, free);
    return free;
  }

  /** A result belongs to the latest call with its id. */
  ofResult(id: string): string {
    return this.#current?.get(id) ?? cleanOf(id);
  }
}

function numbered(clean: string, taken: ReadonlySet<string>, next: Map<string, number>): string {
  let number = next.get(clean) ?? 2;
  while (taken.has(`${clean}_${String(number)}`)) number += 1;
  next.set(clean, number + 1);
  return `${clean}_${String(number)}`;
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
