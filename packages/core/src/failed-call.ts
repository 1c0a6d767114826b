import type { HeaderReader } from "./retry-after.js";
import type { Secret } from "./secret.js";
import type { VendorAnswer } from "./errors/router-error.js";

/** The facts of a failed call, from which a provider creates its error. */
export interface FailedCall {
  /** The HTTP status. `undefined`: the failure was in the body of a 200. */
  readonly status: number | undefined;
  readonly header: HeaderReader;
  readonly body: string;
  /** The answer for callers of the vendor's wire. `undefined`: the caller uses another one, or it contains a secret. */
  readonly answer?: VendorAnswer | undefined;
  readonly provider: string;
  readonly deploymentId: string;
  readonly secrets: readonly (Secret | undefined)[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}
