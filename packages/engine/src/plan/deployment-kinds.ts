import type { DeploymentRuntime } from "./deployment-runtime.js";

/** A group of more kinds than this is not sorted by what they refuse: each kind costs every request a look. */
const mostKinds = 32;
const none: readonly DeploymentRuntime[] = Object.freeze([]);

/** Members of a group sorted by what they refuse: the same model at the same vendor, under the same settings. */
export class DeploymentKinds {
  /** One deployment of each kind; none where all of them are alike. */
  readonly samples: readonly DeploymentRuntime[];
  /** `undefined`: all are alike. */
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
