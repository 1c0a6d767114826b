import type { HeaderReader } from "./retry-after.js";
import type { Secret } from "./secret.js";

/** The facts of a failed call, from which a provider creates its error. */
export interface FailedCall {
  /** The HTTP status. `undefined`: the failure was in the body of a 200. */
  readonly status: number | undefined;
  readonly header: HeaderReader;
  readonly body: string;
  readonly provider: string;
  readonly deploymentId: string;
  readonly secrets: readonly (Secret | undefined)[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}
