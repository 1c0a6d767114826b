import type { Deployment, GroupOptions, RetryPolicy, Strategy } from "@modelyard/core";
import type { DeploymentRuntime } from "./deployment-runtime.js";
import { DeploymentKinds } from "./deployment-kinds.js";

/** A model group while the router runs. */
export class GroupRuntime {
  /** Whether some deployment may be unhealthy. Then all of them are checked. */
  troubled = false;
  /** Deployments of the lowest order tier; all of them if none has an order. Always the same array. */
  readonly firstTier: readonly DeploymentRuntime[];
  /** The same as a set, since a search through a thousand would cost every pick. */
  readonly inFirstTier: ReadonlySet<unknown>;
  readonly ordered: boolean;
  readonly kinds: DeploymentKinds;

  constructor(
    readonly name: string,
    readonly runtimes: readonly DeploymentRuntime[],
    readonly strategy: Strategy,
    readonly options: GroupOptions,
    readonly retryPolicy: RetryPolicy | undefined,
  ) {
    this.ordered = runtimes.some((runtime) => runtime.deployment.order !== undefined);
    Object.freeze(runtimes);
    this.firstTier = this.ordered ? Object.freeze([...lowestTier(runtimes)]) : runtimes;
    this.inFirstTier = new Set(this.firstTier);
    this.troubled = runtimes.some((runtime) => !runtime.health.plain);
    this.kinds = new DeploymentKinds(runtimes);
  }

  get single(): boolean {
    return this.runtimes.length === 1;
  }

  /** How many other deployments are in cooldown because they failed, including those that are being probed. */
  coolingBeside(deployment: DeploymentRuntime): number {
    let cooling = 0;
    for (const runtime of this.runtimes) if (runtime !== deployment && runtime.health.coolingForFailure) cooling += 1;
    return cooling;
  }
}

/** Tier of a deployment; those without an order come last, as in LiteLLM. */
export function tierOf(deployment: Pick<Deployment, "order">): number {
  return deployment.order ?? Number.POSITIVE_INFINITY;
}

/** The deployments of the lowest tier. */
export function lowestTier(runtimes: readonly DeploymentRuntime[]): readonly DeploymentRuntime[] {
  let lowest = Number.POSITIVE_INFINITY;
  for (const runtime of runtimes) lowest = Math.min(lowest, tierOf(runtime.deployment));
  return runtimes.filter((runtime) => tierOf(runtime.deployment) === lowest);
}
