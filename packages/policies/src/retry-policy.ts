import { type Blame, type ErrorKind, errorKinds, policyClasses, type RetryPolicy } from "@modelyard/core";

/** How often a group may be asked again, from the narrowest setting to the widest. */
export interface RetrySettings {
  readonly request: number | undefined;
  /** Per class of failure: the group's own policy, else the router's. */
  readonly policy: RetryPolicy | undefined;
  readonly deployment: number | undefined;
  readonly group: number | undefined;
  readonly router: number;
}

export interface RetryAllowance {
  readonly retries: number;
  /** Whether a policy names this class of failure: then even failures that are not retried by themselves are. */
  readonly byPolicy: boolean;
}

/** Retries that `policy` gives a kind of failure; `undefined` when it does not name its class. */
export function policyRetries(policy: RetryPolicy | undefined, kind: ErrorKind): number | undefined {
  if (policy === undefined) return undefined;
  for (const name of policyClasses(kind)) {
    const entry = policy[name as keyof RetryPolicy];
    if (entry !== undefined) return typeof entry === "number" ? entry : entry.maxRetries;
  }
  return undefined;
}

/** The request's own count wins, then the policy for this class of failure, the deployment's, the group's, the router's. */
export function retryAllowance(settings: RetrySettings, kind: ErrorKind): RetryAllowance {
  const named = policyRetries(settings.policy, kind);
  if (settings.request !== undefined) return { retries: settings.request, byPolicy: named !== undefined };
  if (named !== undefined) return { retries: named, byPolicy: true };
  return { retries: settings.deployment ?? settings.group ?? settings.router, byPolicy: false };
}

/**
 * Where a failed call may go next within its group.
 * - `never`: another deployment would say the same.
 * - `elsewhere`: to a deployment that was not tried yet.
 * - `anywhere`: also to the same one again, after a wait.
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

/** Where a failure of `kind` may be retried when no policy says more. */
export function retryPlace(kind: ErrorKind): RetryPlace {
  // Neither has to do with the request alone: a sibling may have another model, or a vendor that takes what this one does not.
  if (kind === "not_found" || kind === "unsupported_params") return "elsewhere";
  return places[errorKinds[kind].blame];
}
