import type { DeploymentOptions, RouterConfig } from "@modelyard/core";
import { deploymentId } from "@modelyard/router";

/** One of several processes that serve the same configuration and share nothing. */
export interface ProcessShare {
  /** From 0. */
  readonly index: number;
  /** How many there are. */
  readonly of: number;
}

/** Shares differ by one at most, and add up to the whole. */
function part(limit: number, { index, of }: ProcessShare): number {
  return Math.floor(limit / of) + (index < limit % of ? 1 : 0);
}

function divided(options: DeploymentOptions, config: RouterConfig, share: ProcessShare): DeploymentOptions {
  const { rpm, tpm } = options;
  const parallel = options.maxParallelRequests ?? config.defaultMaxParallelRequests;
  return {
    ...options,
    // The same deployment in every process, in metrics and logs.
    id: deploymentId(options),
    ...(rpm === undefined ? {} : { rpm: part(rpm, share) }),
    ...(tpm === undefined ? {} : { tpm: part(tpm, share) }),
    ...(parallel === undefined ? {} : { maxParallelRequests: part(parallel, share) }),
  };
}

/** What one process may do of what all may do together. */
export function divideLimits(config: RouterConfig, share: ProcessShare): RouterConfig {
  return { ...config, modelList: config.modelList.map((options) => divided(options, config, share)) };
}
