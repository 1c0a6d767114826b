import type { DeploymentRuntime } from "../plan/deployment-runtime.js";

interface OwnFailure {
  /** End of the cooldown that the failure started, or 0 if it started none. */
  readonly until: number;
  /** The time before which the vendor asked not to be called again. */
  readonly notBefore: number;
}

/**
 * A request's own failures in the current group. The request may retry a deployment although its failure started a
 * cooldown, which all other requests respect, but not before the time that the vendor asked for.
 */
export class OwnFailures {
  readonly #byDeployment = new Map<DeploymentRuntime, OwnFailure>();

  /** @param startedUntil - the end of the cooldown that this failure started or extended, or 0 if there is none */
  add(deployment: DeploymentRuntime, startedUntil: number, notBefore: number): void {
    const until = startedUntil > 0 ? startedUntil : (this.#byDeployment.get(deployment)?.until ?? 0);
    this.#byDeployment.set(deployment, { until, notBefore });
  }

  has(deployment: DeploymentRuntime): boolean {
    return this.#byDeployment.has(deployment);
  }

  /** Whether the current cooldown was started by this request. */
  startedCooldownOf(deployment: DeploymentRuntime): boolean {
    const until = this.#byDeployment.get(deployment)?.until ?? 0;
    return until > 0 && deployment.health.until === until;
  }

  /** Milliseconds until the time that the vendor asked for, or 0 if it has passed or the vendor did not name one. */
  waitFor(deployment: DeploymentRuntime, now: number): number {
    return Math.max(0, (this.#byDeployment.get(deployment)?.notBefore ?? 0) - now);
  }
}
