import type { ResolvedName } from "../plan/name-table.js";

/** Whose answer is meant: a name that somebody asked for, and what it led to. */
export interface Asked {
  readonly name: string;
  readonly target: ResolvedName;
}
