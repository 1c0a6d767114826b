import type { RouterError } from "@modelyard/core";

/** What comes after a group, as far as the group must know. */
export interface Onward {
  /** Whether another group would be tried after this failure. */
  fallback(error: RouterError): boolean;
}
