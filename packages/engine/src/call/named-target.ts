import type { ResolvedName } from "../plan/name-table.js";

/** A name that a caller or a fallback requested, and the target that it resolved to. */
export interface NamedTarget {
  readonly name: string;
  readonly target: ResolvedName;
}
