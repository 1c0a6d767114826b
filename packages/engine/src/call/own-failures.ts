import type { DeploymentRuntime } from "../plan/deployment-runtime.js";

interface OwnFailure {
  /** End of the cooldown that the failure started; 0 if it did not start one. */
  readonly until: number;
  /** When the vendor will accept the call again, if it said so. */
  readonly notBefore: number;
}

/**
 * What a request learned about the deployments of a group by failing there. It may try one again although its own
 * failure started a cooldown, which all other requests respect, but not before the time that the vendor named.
 */
export class OwnFailures {
  readonly #byDeployment = new Map<DeploymentRuntime, OwnFailure>();

  /** @param startedUntil - end of the cooldown that this failure started or extended; 0 if there is none */
  add(deployment: DeploymentRuntime, startedUntil: number, notBefore: number): void {
    const until = startedUntil > 0 ? startedUntil : (this.#byDeployment.get(deployment)?.until ?? 0);
    this.#byDeployment.set(deployment, { until, notBefore });
  }

  /** Whether only this request started the cooldown in force. */
  startedCooldownOf(deployment: DeploymentRuntime): boolean {
    const until = this.#byDeployment.get(deployment)?.until ?? 0;
    return until > 0 && deployment.health.until === until;
  }

  /** Milliseconds until the vendor accepts the call again; 0 if that time has passed or the vendor did not say. */
  waitFor(deployment: DeploymentRuntime, now: number): number {
    return Math.max(0, (this.#byDeployment.get(deployment)?.notBefore ?? 0) - now);
  }
}
