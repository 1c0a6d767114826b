import type { DeploymentRuntime } from "./deployment-runtime.js";

/** A group with more kinds than this is not sorted by what they refuse, since each kind costs every request a check. */
const mostKinds = 32;
const none: readonly DeploymentRuntime[] = Object.freeze([]);

/** The deployments of a group by what they refuse: the same model at the same vendor, with the same settings. */
export class DeploymentKinds {
  /** One deployment of each kind; empty if all are of one kind. */
  readonly samples: readonly DeploymentRuntime[];
  /** Not set if all are of one kind. */
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
