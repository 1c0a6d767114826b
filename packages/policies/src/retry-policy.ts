import { type ErrorKind, errorKinds, type RetryPolicy } from "@modelyard/core";
import { type Blame, policyClasses } from "@modelyard/core/kit";

/** Settings for the number of retries in a group, from the narrowest to the widest. */
export interface RetrySettings {
  readonly request: number | undefined;
  /** Retries per class of failure: the policy of the group, or else the router's. */
  readonly policy: RetryPolicy | undefined;
  readonly deployment: number | undefined;
  readonly group: number | undefined;
  readonly router: number;
}

export interface RetryAllowance {
  readonly retries: number;
  /** Whether a policy names this class of failure. It is then retried even if it is not retryable by default. */
  readonly byPolicy: boolean;
}

/** The retries that `policy` allows for a kind of failure. `undefined`: it does not name the class. */
export function policyRetries(policy: RetryPolicy | undefined, kind: ErrorKind): number | undefined {
  if (policy === undefined) return undefined;
  for (const name of policyClasses(kind)) {
    const entry = policy[name as keyof RetryPolicy];
    if (entry !== undefined) return typeof entry === "number" ? entry : entry.maxRetries;
  }
  return undefined;
}

/**
 * How many retries a failure is allowed. The request's own number wins, followed by the policy for this class of
 * failure and the numbers of the deployment, the group and the router.
 */
export function retryAllowance(settings: RetrySettings, kind: ErrorKind): RetryAllowance {
  const named = policyRetries(settings.policy, kind);
  if (settings.request !== undefined) return { retries: settings.request, byPolicy: named !== undefined };
  if (named !== undefined) return { retries: named, byPolicy: true };
  return { retries: settings.deployment ?? settings.group ?? settings.router, byPolicy: false };
}

/**
 * Where a failed call may be retried within its group.
 * - `never`: any deployment would fail in the same way.
 * - `elsewhere`: at deployments that have not been tried yet.
 * - `anywhere`: also at the same deployment, after a wait.
 */
export type RetryPlace = "never" | "elsewhere" | "anywhere";

const places: Readonly<Record<Blame, RetryPlace>> = {
  request: "never",
  caller: "never",
  router: "never",
  credential: "elsewhere",
  load: "anywhere",
  upstream: "anywhere",
  transport: "anywhere",
};

/** Where a failure of `kind` may be retried by default. */
export function retryPlace(kind: ErrorKind): RetryPlace {
  // The deployment matters for both: another one may have a different model, or a vendor that supports the field.
  if (kind === "not_found" || kind === "unsupported_params") return "elsewhere";
  return places[errorKinds[kind].blame];
}
