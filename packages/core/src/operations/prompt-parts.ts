import { isJsonObject, type JsonObject } from "../json.js";

/** The parts of a prompt, in the order in which vendors cache them. */
export interface PromptParts {
  /** What comes before the turns: tools and instructions. */
  readonly head: readonly unknown[];
  readonly turns: readonly unknown[];
}

function listOf(turns: unknown): readonly unknown[] {
  return Array.isArray(turns) ? turns : turns == null ? [] : [turns];
}

/** Reads the parts from the fields of a request. None of them is copied. */
export function promptParts(head: readonly string[], turns: string): (request: JsonObject) => PromptParts {
  return (request) => ({ head: head.map((field) => request[field]), turns: listOf(request[turns]) });
}

const instructing: ReadonlySet<unknown> = new Set(["system", "developer"]);

/** The number of turns up to and including the first one that is not an instruction. It distinguishes sessions. */
export function turnsUntilFirstUser(turns: readonly unknown[]): number {
  const first = turns.findIndex((turn) => !isJsonObject(turn) || !instructing.has(turn["role"]));
  return first === -1 ? turns.length : first + 1;
}
