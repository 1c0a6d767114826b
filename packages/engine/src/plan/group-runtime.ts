import type { Deployment, GroupOptions, OperationName, RetryPolicy, Strategy } from "@modelyard/core";
import { type AffinityKey, operationNames } from "@modelyard/core/kit";
import type { DeploymentRuntime } from "./deployment-runtime.js";
import { DeploymentKinds } from "./deployment-kinds.js";

/** The running state of a model group. */
export class GroupRuntime {
  /** Whether a deployment may be unhealthy, so that the health of all of them has to be checked. */
  troubled = false;
  /** The requests that wait for one of its deployments to have room. `undefined`: none does. */
  queue: { readonly claimed: readonly DeploymentRuntime[] } | undefined = undefined;
  /** The deployments of the lowest `order`, or all of them if none has one. It is always the same array. */
  readonly firstTier: readonly DeploymentRuntime[];
  /** The same as a set, because searching an array of a thousand would slow down every pick. */
  readonly inFirstTier: ReadonlySet<unknown>;
  readonly ordered: boolean;
  readonly kinds: DeploymentKinds;
  /** The operations that all of its deployments serve. */
  readonly served: ReadonlySet<OperationName>;

  constructor(
    readonly name: string,
    readonly runtimes: readonly DeploymentRuntime[],
    readonly strategy: Strategy,
    readonly options: GroupOptions,
    readonly retryPolicy: RetryPolicy | undefined,
    /** Which keys keep sessions at their deployments. `undefined`: none does. */
    readonly affinity?: ReadonlySet<AffinityKey>,
  ) {
    this.ordered = runtimes.some((runtime) => runtime.deployment.order !== undefined);
    Object.freeze(runtimes);
    this.firstTier = this.ordered ? Object.freeze([...lowestTier(runtimes)]) : runtimes;
    this.inFirstTier = new Set(this.firstTier);
    this.troubled = runtimes.some((runtime) => !runtime.health.plain);
    this.kinds = new DeploymentKinds(runtimes);
    this.served = new Set(operationNames.filter((operation) => runtimes.every((runtime) => runtime.serves(operation))));
  }

  get single(): boolean {
    return this.runtimes.length === 1;
  }

  /** How many other deployments are in cooldown because they failed, including those that are still recovering. */
  coolingBeside(deployment: DeploymentRuntime): number {
    let cooling = 0;
    for (const runtime of this.runtimes) if (runtime !== deployment && runtime.health.coolingForFailure) cooling += 1;
    return cooling;
  }
}

/** The tier of a deployment. Those without an order come last, as in LiteLLM. */
export function tierOf(deployment: Pick<Deployment, "order">): number {
  return deployment.order ?? Number.POSITIVE_INFINITY;
}

/** The deployments of the lowest tier. */
export function lowestTier(runtimes: readonly DeploymentRuntime[]): readonly DeploymentRuntime[] {
  let lowest = Number.POSITIVE_INFINITY;
  for (const runtime of runtimes) lowest = Math.min(lowest, tierOf(runtime.deployment));
  return runtimes.filter((runtime) => tierOf(runtime.deployment) === lowest);
}

const usualKeys: readonly AffinityKey[] = ["session", "response", "prompt"];

/** The keys that keep sessions at their deployments, as configured. `undefined`: none does. */
export function affinityOf(configured: GroupOptions["affinity"]): ReadonlySet<AffinityKey> | undefined {
  const keys = configured === true ? usualKeys : configured === false ? undefined : configured;
  return keys === undefined || keys.length === 0 ? undefined : new Set(keys);
}
