import type { DeploymentRuntime } from "./deployment-runtime.js";

/**
 * Limit for the kinds in a group. Each costs every request a check, so groups with more kinds are not checked at all.
 */
const mostKinds = 32;
const none: readonly DeploymentRuntime[] = Object.freeze([]);

/**
 * Sorts the deployments of a group by kind. Deployments with the same vendor, model and settings refuse the same
 * fields.
 */
export class DeploymentKinds {
  /** One deployment of each kind, or none if all deployments are of the same kind. */
  readonly samples: readonly DeploymentRuntime[];
  /** `undefined` if all deployments are of the same kind. */
  readonly #kinds: ReadonlyMap<DeploymentRuntime, string> | undefined;

  constructor(runtimes: readonly DeploymentRuntime[]) {
    const kinds = new Map(runtimes.map((runtime) => [runtime, kindOf(runtime)]));
    const samples = new Map(runtimes.map((runtime) => [kinds.get(runtime), runtime]));
    this.#kinds = samples.size > 1 ? kinds : undefined;
    this.samples = samples.size > 1 && samples.size <= mostKinds ? Object.freeze([...samples.values()]) : none;
  }

  areAlike(one: DeploymentRuntime, other: DeploymentRuntime): boolean {
    return this.#kinds === undefined || this.#kinds.get(one) === this.#kinds.get(other);
  }
}

function kindOf({ deployment, defaults, omittedFields, dropParams }: DeploymentRuntime): string {
  const { provider, model, baseModel, refuses, allowedOpenaiParams } = deployment;
  return JSON.stringify([
    provider,
    model,
    baseModel,
    refuses,
    allowedOpenaiParams,
    defaults,
    omittedFields,
    dropParams,
  ]);
}
