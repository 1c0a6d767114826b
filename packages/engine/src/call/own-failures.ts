import type { DeploymentRuntime } from "../plan/deployment-runtime.js";

interface OwnFailure {
  /** End of the cooldown that the failure started; 0: it started none. */
  readonly until: number;
  /** When the vendor takes the call again, as far as it said. */
  readonly notBefore: number;
}

/**
 * What a request learned of the deployments of a group by failing there. It may ask one again although its own failure
 * started a cooldown, which all other requests respect, but not before the time that the vendor named.
 */
export class OwnFailures {
  readonly #byDeployment = new Map<DeploymentRuntime, OwnFailure>();

  /** @param startedUntil - end of the cooldown that this failure started or extended; 0: none */
  add(deployment: DeploymentRuntime, startedUntil: number, notBefore: number): void {
    const until = startedUntil > 0 ? startedUntil : (this.#byDeployment.get(deployment)?.until ?? 0);
    this.#byDeployment.set(deployment, { until, notBefore });
  }

  /** Whether the cooldown that is in force was started by this request alone. */
  startedCooldownOf(deployment: DeploymentRuntime): boolean {
    const until = this.#byDeployment.get(deployment)?.until ?? 0;
    return until > 0 && deployment.health.until === until;
  }

  /** Milliseconds until the vendor takes the call again, as it said; 0 when that is over or it did not say. */
  waitFor(deployment: DeploymentRuntime, now: number): number {
    return Math.max(0, (this.#byDeployment.get(deployment)?.notBefore ?? 0) - now);
  }
}
