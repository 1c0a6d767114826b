import type { CooldownPolicy, Deployment, ErrorKind } from "@modelyard/core";
import type { CooldownGroup } from "@modelyard/core/kit";
import { failureRate } from "../../src/failure-rate.js";
import { DeploymentHealth, type HealthSettings, type StartedCooldown } from "../../src/health.js";

/** The default policy does not read the deployment. */
const deployment = { id: "a" } as Deployment;

export const settings: HealthSettings = {
  allowedFails: undefined,
  allowedFailsPolicy: undefined,
  cooldownMs: 5_000,
  maxCooldownMs: 3_600_000,
  slowStartMs: 0,
  disabled: false,
};

/** The health of a deployment under a policy. */
export function healthOf(more: Partial<HealthSettings> = {}, policy: CooldownPolicy = failureRate()): DeploymentHealth {
  return new DeploymentHealth(policy, deployment, { ...settings, ...more });
}

/** A group of two: the other one may be missing, or in cooldown itself. */
export function groupWith({ alternatives = true, room = true } = {}): CooldownGroup {
  return { fallback: false, siblings: alternatives ? 1 : 0, size: alternatives ? 2 : 1, cooling: () => (room ? 0 : 1) };
}

export interface Failing {
  readonly now: number;
  readonly kind: ErrorKind;
  readonly retryAfterMs?: number | undefined;
  readonly alternatives?: boolean;
  readonly room?: boolean;
}

/** Lets an attempt fail. */
export function fail(health: DeploymentHealth, failing: Failing, probe = false): StartedCooldown | undefined {
  const { now, kind, retryAfterMs, alternatives, room } = failing;
  const group = groupWith({
    ...(alternatives === undefined ? {} : { alternatives }),
    ...(room === undefined ? {} : { room }),
  });
  return health.fail({ now, kind, retryAfterMs, group }, probe);
}
