import type { ResolvedName } from "../plan/name-table.js";

/** A name that a caller or a fallback asked for, and what it led to. */
export interface NamedTarget {
  readonly name: string;
  readonly target: ResolvedName;
}
