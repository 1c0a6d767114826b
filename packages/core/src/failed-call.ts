import type { HeaderReader } from "./retry-after.js";
import type { Secret } from "./secret.js";

/** All that is known of a failed call, for a provider to make its error of. */
export interface FailedCall {
  /** HTTP status; `undefined`: the failure came inside a 200. */
  readonly status: number | undefined;
  readonly header: HeaderReader;
  readonly body: string;
  readonly provider: string;
  readonly deploymentId: string;
  readonly secrets: readonly (Secret | undefined)[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}
