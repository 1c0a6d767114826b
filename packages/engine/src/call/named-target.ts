import type { ResolvedName } from "../plan/name-table.js";

/** A name that a caller or a fallback entry asked for, with the group that it resolved to. */
export interface NamedTarget {
  readonly name: string;
  readonly target: ResolvedName;
}
