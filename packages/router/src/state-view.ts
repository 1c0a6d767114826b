import type { Deployment, DeploymentInfo, RouterState } from "@modelyard/core";
import type { DeploymentState } from "@modelyard/core/kit";
import type { DeploymentRuntime, Services, Snapshot } from "@modelyard/engine";

/** The public names of health states. A deployment whose probe is due is shown as probing. */
export const healthNames = {
  healthy: "healthy",
  cooling: "cooling",
  quarantined: "quarantined",
  probe_due: "probing",
  probing: "probing",
  recovering: "recovering",
} as const;

function deploymentState(runtime: DeploymentRuntime, now: number): DeploymentState {
  const { deployment, health } = runtime;
  const status = health.status(now);
  return {
    id: deployment.id,
    group: deployment.group,
    provider: deployment.provider,
    model: deployment.model,
    health: healthNames[status],
    reason: health.reason,
    until: status === "healthy" || status === "recovering" ? undefined : health.until,
    failures: health.failures(now),
    inFlight: runtime.inFlight,
    limits: {
      rpm: deployment.limits.rpm,
      tpm: deployment.limits.tpm,
      maxParallelRequests: deployment.limits.maxParallelRequests,
    },
    used: { requests: runtime.requestsUsed(now), tokens: runtime.tokensUsed(now) },
    order: deployment.order,
    weight: deployment.weight,
  };
}

/** Copies single fields, so that anything not listed here, such as keys, is never exposed. */
export function deploymentInfo(deployment: Deployment): DeploymentInfo {
  const { id, group, provider, model, limits, weight, order, tags, region } = deployment;
  const { prices, maxInputTokens, capabilities, info } = deployment;
  return {
    id,
    group,
    provider,
    model,
    limits,
    weight,
    order,
    tags,
    region,
    prices,
    maxInputTokens,
    capabilities,
    info,
  };
}

/** The current state of the whole router, for people and dashboards. */
export function stateView(snapshot: Snapshot, services: Services, strategy: string, inFlight: number): RouterState {
  const now = services.clock.now();
  const { sharedState } = services;
  return {
    at: now,
    strategy,
    groups: [...snapshot.groups.values()].map((group) => ({
      name: group.name,
      strategy: group.strategy.name,
      deployments: group.runtimes.map((runtime) => deploymentState(runtime, now)),
    })),
    aliases: snapshot.names.aliases,
    inFlight,
    shared: sharedState === undefined ? undefined : { name: sharedState.name, available: sharedState.available },
  };
}
