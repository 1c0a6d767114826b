import type { Deployment, GroupOptions, RetryPolicy, Strategy } from "@modelyard/core";
import type { DeploymentRuntime } from "./deployment-runtime.js";
import { DeploymentKinds } from "./deployment-kinds.js";

/** A model group while the router runs. */
export class GroupRuntime {
  /** Whether some member may be unwell; then the quick way through the filters is closed. */
  troubled = false;
  /** Members of the lowest order tier; all of them when nobody has an order. The same array every time. */
  readonly firstTier: readonly DeploymentRuntime[];
  /** The same, to be looked up in: a search through a thousand would cost every pick. */
  readonly inFirstTier: ReadonlySet<unknown>;
  readonly ordered: boolean;
  readonly kinds: DeploymentKinds;

  constructor(
    readonly name: string,
    readonly members: readonly DeploymentRuntime[],
    readonly strategy: Strategy,
    readonly options: GroupOptions,
    readonly retryPolicy: RetryPolicy | undefined,
  ) {
    this.ordered = members.some((member) => member.deployment.order !== undefined);
    Object.freeze(members);
    this.firstTier = this.ordered ? Object.freeze([...lowestTier(members)]) : members;
    this.inFirstTier = new Set(this.firstTier);
    this.troubled = members.some((member) => !member.health.plain);
    this.kinds = new DeploymentKinds(members);
  }

  get single(): boolean {
    return this.members.length === 1;
  }

  /** How many members besides this one are in cooldown because they failed; one that is not back yet counts. */
  coolingBeside(deployment: DeploymentRuntime): number {
    let cooling = 0;
    for (const member of this.members) if (member !== deployment && member.health.coolingForFailure) cooling += 1;
    return cooling;
  }
}

/** Tier of a deployment; those without an order come last, as in LiteLLM. */
export function tierOf(deployment: Pick<Deployment, "order">): number {
  return deployment.order ?? Number.POSITIVE_INFINITY;
}

/** The members of the lowest tier. */
export function lowestTier(members: readonly DeploymentRuntime[]): readonly DeploymentRuntime[] {
  let lowest = Number.POSITIVE_INFINITY;
  for (const member of members) lowest = Math.min(lowest, tierOf(member.deployment));
  return members.filter((member) => tierOf(member.deployment) === lowest);
}
